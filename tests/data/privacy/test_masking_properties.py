"""Does any number of a person survive in any text, and does masking leave everything else as it was?"""

import re
from datetime import UTC, date, datetime

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.privacy import masking
from data.privacy.columns import drop_personal_identifiers, mask_column
from data.privacy.kinds import MARKS, Kind
from data.privacy.masking import mask, mask_identifier
from data.privacy.number_checks import check_character, is_serial, luhn_holds
from data.privacy.plain_writing import plain

DEEP = settings(max_examples=400, deadline=None)
WORDS = st.text(st.sampled_from("海滨路口积水严重请处理反映有人在楼下吵闹，。：；！（）\n"), max_size=12)
JOINTS = st.sampled_from(["", " ", "-", " - ", "\u3000", "－", "—", "\u200b"])
BOLD = {ord("0") + digit: 0x1D7CE + digit for digit in range(10)}
WIDE = str.maketrans("0123456789@.", "０１２３４５６７８９＠．")


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


@st.composite
def id_cards(draw: st.DrawFn) -> str:
    region = draw(st.sampled_from(["110105", "441502", "320682", "659001"]))
    day = draw(st.dates(date(1900, 1, 1), date(2025, 12, 31))).strftime("%Y%m%d")
    body = f"{region}{day}{draw(_digits(3))}"
    joint = draw(JOINTS)
    number = body + check_character(body)
    return joint.join([number[:6], number[6:14], number[14:]])


@st.composite
def mobiles(draw: st.DrawFn) -> str:
    number = f"1{draw(st.sampled_from('3456789'))}{draw(_digits(9))}"
    joint = draw(JOINTS)
    grouped = joint.join([number[:3], number[3:7], number[7:]])
    return draw(st.sampled_from(["", "+86", "+86 ", "0086", "86-"])) + grouped


@st.composite
def fixed_phones(draw: st.DrawFn) -> str:
    area = draw(st.sampled_from(["010", "0755", "0660", "021", "0513"]))
    number = draw(st.sampled_from("2345678")) + draw(_digits(6)) + draw(st.sampled_from(["", "1"]))
    written = draw(st.sampled_from(["{}-{}", "({}){}", "（{}）{}", "{} {}", "{}{}"])).format(area, number)
    return written + draw(st.sampled_from(["", "转801", "-12", " ext 7"]))


@st.composite
def bank_cards(draw: st.DrawFn) -> str:
    body = draw(st.sampled_from(["6222", "6217", "4000", "5599"])) + draw(_digits(11))
    number = next(body + last for last in "0123456789" if luhn_holds(body + last))
    if is_serial(number):
        number = "4111111111111111"
    joint = draw(JOINTS)
    return joint.join(number[start : start + 4] for start in range(0, 16, 4))


@st.composite
def plates(draw: st.DrawFn) -> str:
    serial = draw(st.sampled_from(["12345", "A1234", "D12345", "88K88", "1234挂", "1234学", "Z123港"]))
    province, letter = draw(st.sampled_from("粤京沪浙鄂渝")), draw(st.sampled_from("ABCDE"))
    plate = f"{province}{letter}{draw(st.sampled_from(['', '·', ' ']))}{serial}"
    return plate.lower() if draw(st.booleans()) else plate


@st.composite
def emails(draw: st.DrawFn) -> str:
    local = draw(st.text("abcxyz019._", min_size=1, max_size=12))
    at = draw(st.sampled_from(["@", "＠", "(at)", "（at）", "[AT]", " @ "]))
    return f"{local}{at}{draw(st.sampled_from(['qq.com', 'mail.example.cn', '163.com']))}"


PERSONAL = st.one_of(
    *(
        st.tuples(numbers, st.just(kind))
        for numbers, kind in (
            (id_cards(), Kind.ID_CARD),
            (mobiles(), Kind.PHONE),
            (fixed_phones(), Kind.PHONE),
            (bank_cards(), Kind.BANK_CARD),
            (plates(), Kind.PLATE),
            (emails(), Kind.EMAIL),
        )
    )
)


@DEEP
@example(before="（", found=("+8613000000000", Kind.PHONE), after="", wide=False)
@given(before=WORDS, found=PERSONAL, after=WORDS, wide=st.booleans())
def test_no_personal_number_survives(before: str, found: tuple[str, Kind], after: str, wide: bool) -> None:
    number, kind = found
    written = number.translate(WIDE) if wide else number
    masked = mask(f"{before}{written}{after}")
    assert masked.text == f"{before}{MARKS[kind]}{after}"
    assert masked.counts == {kind: 1}


@DEEP
@given(st.lists(st.tuples(WORDS, PERSONAL), min_size=2, max_size=4))
def test_several_numbers_in_one_text_all_go(parts: list[tuple[str, tuple[str, Kind]]]) -> None:
    text = "；".join(words + number for words, (number, _) in parts)
    masked = mask(text)
    assert not re.search(r"\d{5}", masked.text)
    assert sum(masked.counts.values()) == len(parts)


MESSY = st.text(
    st.sampled_from([*"0123456789138 -.()@+XxAa粤京一二三幺０１３８－（）：、/电话卡号身份证车牌使挂#\u200b\n"]),
    max_size=60,
)


@settings(max_examples=1500, deadline=None)
@given(MESSY)
def test_masking_again_changes_nothing_and_columns_agree(text: str) -> None:
    once = mask(text)
    assert mask(once.text).text == once.text
    assert (once.text == text) is (not once.counts)
    assert mask_column(pa.array([text, "无"])).texts.to_pylist() == [once.text, "无"]


KEYS = st.builds(
    lambda before, number, after, script: before + number.translate(script) + after,
    st.sampled_from(["", "B", "GD-", "粤A", "一", "\u200b", "2", "编号", "\U0001d7d3"]),
    st.one_of(id_cards(), mobiles(), plates(), emails(), st.integers(9, 22).flatmap(_digits)),
    st.sampled_from(["", "-1", "X", "x", "_", "号", "\u200b3", "三", "\U0001d7d3"]),
    st.sampled_from([{}, WIDE, BOLD]),
)


@settings(max_examples=2000, deadline=None)
@given(st.one_of(KEYS, MESSY))
def test_keys_of_records_are_dropped_exactly_where_each_alone_would_be(key: str) -> None:
    found = mask_identifier(key).counts
    kept = drop_personal_identifiers(pa.array(["B000000001", key]))
    assert kept.texts.to_pylist() == ["B000000001", None if found else key]
    assert kept.counts == found


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    assert isinstance(mask(text).text, str)


@DEEP
@given(
    before=WORDS,
    town=st.integers(1, 399),
    community=st.integers(1, 399),
    grid=st.integers(0, 999),
    county=st.sampled_from(["441502", "340102", "370203", "130102", "320682"]),
)
def test_codes_of_units_stay(before: str, town: int, community: int, grid: int, county: str) -> None:
    for code in (
        county,
        f"{county}{town:03}",
        f"{county}{town:03}{community:03}",
        f"{county}{town:03}{community:03}{grid:03}",
    ):
        assert mask(f"{before}{code}").text == f"{before}{code}"


@DEEP
@given(
    moment=st.integers(631_152_000, 2_208_988_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    lon=st.floats(73, 135),
    lat=st.floats(3, 54),
    amount=st.integers(0, 10**12),
)
def test_times_coordinates_and_amounts_stay(moment: datetime, lon: float, lat: float, amount: int) -> None:
    for text in (f"{moment:%Y-%m-%d %H:%M:%S}", f"{moment:%Y年%m月%d日%H时}", f"{lon:.6f},{lat:.6f}", f"共{amount}元"):
        assert mask(text).text == text


@DEEP
@given(st.text(st.sampled_from("海路口一三川京车牌使号 \n，。：！（(@#.-a1379０１"), max_size=14))
@example("车牌号三")
@example("使001")
@example("1 3 8 1 2 3 4")
def test_a_text_that_is_passed_by_at_a_glance_has_nothing_suspect(text: str) -> None:
    if masking._QUIET.fullmatch(text):
        assert not masking._SUSPECT.search(plain(text).text)


def test_every_calm_character_reads_as_one_that_stirs_nothing() -> None:
    calm = [chr(code) for code in range(0x110000) if masking._QUIET.fullmatch(chr(code)) and not chr(code).isdigit()]
    assert len(calm) > 20_000
    assert {plain(character).text for character in calm} & set("@#([{<【〔.-·0123456789") == set()


@DEEP
@given(
    st.lists(
        st.one_of(
            st.text("abcijmwxzABIJWX_-./: ", max_size=6),
            st.integers(1, 20).flatmap(_digits),
            mobiles(),
            id_cards(),
            st.sampled_from(["WJ1234", "粤A12345", "a@b.cn"]),
        ),
        max_size=6,
    ).map("".join)
)
@example("LOAD-2026-0000123456")
@example("86-13812345678")
@example("wj.1234a")
def test_keys_that_need_no_close_look_are_those_in_which_nothing_is_masked(key: str) -> None:
    assert mask_identifier(key).text == masking._masked(key, masking._IDENTIFIER_FINDERS).text
    assert masking._PLAIN_KEY.fullmatch("batches-2026/000123:4") is not None
