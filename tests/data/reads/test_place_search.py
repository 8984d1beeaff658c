"""Is a known place found by name, pinyin, initials and code, the best first?"""

import pytest

from data.reads.place_search import keys_of, match

KEYS = [
    keys_of(1, "P-01", "城区警务室", "Centre police room"),
    keys_of(2, "P-02", "红草水库", "Hongcao reservoir"),
    keys_of(3, "P-03", "小红草水库", ""),
    keys_of(4, "W-红草", "别处", ""),
]


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("红草水库", [2, 3]),
        ("红草", [2, 3]),
        ("hongcao", [2, 3]),
        ("hcsk", [2, 3]),
        ("hong cao", [2, 3]),
        ("p-01", [1]),
        ("P-0", [2, 1, 3]),
        ("reservoir", [2]),
        ("警务", [1]),
        ("", []),
        ("  ", []),
        ("不存在", []),
        ("%", []),
    ],
)
def test_places_are_found_best_first(typed: str, ids: list[int]) -> None:
    assert match(KEYS, typed) == ids
