"""A small reader of vector tiles, for tests: features with id, properties and rings or points in tile units."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    id: int | None
    kind: int
    properties: dict[str, object]
    parts: list[list[tuple[int, int]]]


@dataclass(frozen=True)
class TileLayer:
    name: str
    extent: int
    features: list[Feature]


def read_tile(content: bytes) -> dict[str, TileLayer]:
    layers = [_layer(body) for key, body in _fields(content) if key == 3]
    return {layer.name: layer for layer in layers}


def _layer(body: bytes) -> TileLayer:
    fields = list(_fields(body))
    keys = [value.decode() for key, value in fields if key == 3]
    values = [_value(value) for key, value in fields if key == 4]
    name = next(value.decode() for key, value in fields if key == 1)
    extent = next(value for key, value in fields if key == 5)
    assert next(value for key, value in fields if key == 15) == 2
    return TileLayer(name, extent, [_feature(value, keys, values) for key, value in fields if key == 2])


def _feature(body: bytes, keys: list[str], values: list[object]) -> Feature:
    fields = dict(_fields(body))
    tags = list(_varints(fields.get(2, b"")))
    properties = {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
    return Feature(fields.get(1), fields[3], properties, _geometry(list(_varints(fields[4]))))


def _geometry(numbers: list[int]) -> list[list[tuple[int, int]]]:
    parts: list[list[tuple[int, int]]] = []
    x = y = at = 0
    while at < len(numbers):
        command, count = numbers[at] & 7, numbers[at] >> 3
        at += 1
        if command == 7:
            parts[-1].append(parts[-1][0])
            continue
        for _ in range(count):
            x, y = x + _zigzag(numbers[at]), y + _zigzag(numbers[at + 1])
            at += 2
            if command == 1:
                parts.append([])
            parts[-1].append((x, y))
    return parts


def _value(body: bytes) -> object:
    ((key, value),) = _fields(body)
    if key == 1:
        return value.decode()
    return _zigzag(value) if key == 6 else value


def _zigzag(number: int) -> int:
    return (number >> 1) ^ -(number & 1)


def _fields(body: bytes):
    at = 0
    while at < len(body):
        key, at = _varint(body, at)
        if key & 7 == 0:
            value, at = _varint(body, at)
            yield key >> 3, value
        elif key & 7 == 2:
            length, at = _varint(body, at)
            yield key >> 3, body[at : at + length]
            at += length
        else:
            width = 8 if key & 7 == 1 else 4
            yield key >> 3, body[at : at + width]
            at += width


def _varints(body: bytes):
    at = 0
    while at < len(body):
        value, at = _varint(body, at)
        yield value


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
