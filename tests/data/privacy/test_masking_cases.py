"""Is each of these texts masked, or left alone, for the reason beside it?"""

import time

import pyarrow as pa
import pytest

from data.privacy.column_names import names_a_person
from data.privacy.columns import drop_personal_identifiers, mask_column
from data.privacy.kinds import Kind
from data.privacy.masking import mask, mask_identifier
from data.privacy.personal_fields import OPEN311_PERSONAL, PersonalFieldRefused, refuse_personal_fields

MASKED = [
    ("联系 13812345678 李", "联系 ［电话］ 李", "mobile"),
    ("电话13812345678转", "电话［电话］转", "mobile between words"),
    ("138-1234-5678", "［电话］", "dashes"),
    ("138 1234 5678", "［电话］", "blanks"),
    ("1 3 8 1 2 3 4 5 6 7 8", "［电话］", "digit by digit"),
    ("１３８１２３４５６７８", "［电话］", "full width"),
    ("138\u200b1234\u200b5678", "［电话］", "invisible characters"),
    ("+86 138 1234 5678", "［电话］", "country code"),
    ("(+86)13812345678", "［电话］", "country code in brackets"),
    ("0086-138-1234-5678", "［电话］", "country code with zeros"),
    ("013812345678", "［电话］", "long-distance zero"),
    ("13812345678/13912345678", "［电话］/［电话］", "two mobiles"),
    ("tel13812345678", "tel［电话］", "letters before"),
    ("幺三八一二三四五六七八", "［电话］", "spelt out, as radio operators say it"),
    ("一三八 1234 五六七八", "［电话］", "half spelt out"),
    ("1.13812345678", "1.［电话］", "first point of a list"),
    ("0660-3371234", "［电话］", "fixed, 7 digits"),
    ("（0755）8888 8888转801", "［电话］", "fixed with extension"),
    ("010-62345678-12", "［电话］", "fixed with dashed extension"),
    ("075588888888", "［电话］", "fixed in one piece"),
    ("+86 755 8888 8888", "［电话］", "fixed from abroad"),
    ("400-123-4567", "［电话］", "400 number"),
    ("8008101234", "［电话］", "800 number in one piece"),
    ("电话：3371234", "电话：［电话］", "local number that a word announces"),
    ("0755-88888888/88888889", "［电话］/［电话］", "second number of a pair"),
    ("11010519491231002X", "［身份证］", "the standard's own example"),
    ("１１０１０５１９４９１２３１００２ｘ", "［身份证］", "full width, small x"),
    ("110105 19491231 002X", "［身份证］", "grouped"),
    ("440524188001010014", "［身份证］", "the standard's second example"),
    ("身份证号110105194912310021", "身份证号［身份证］", "mistyped check digit, announced"),
    ("110105194912310021", "［身份证］", "mistyped, but born before 2000"),
    ("130503670401001", "［身份证］", "15 digits"),
    ("A123456(7)", "［身份证］", "Hong Kong"),
    ("4111111111111111", "［银行卡］", "Visa's test number"),
    ("6222 0212 3456 7890 128", "［银行卡］", "fours, Luhn holds"),
    ("卡号6222021234567890123", "卡号［银行卡］", "mistyped, announced"),
    ("粤A12345", "［车牌］", "plate"),
    ("粤A·D12345", "［车牌］", "new energy"),
    ("粤b 12345", "［车牌］", "small letter, blank"),
    ("粤Ｂ１２３４挂", "［车牌］", "trailer"),
    ("京A1234警", "［车牌］", "police"),
    ("粤Z1234港", "［车牌］", "Hong Kong"),
    ("使014578", "［车牌］", "consulate"),
    ("车牌B12345", "车牌［车牌］", "without province, announced"),
    ("li.wei@example.com", "［邮箱］", "address"),
    ("li＠example．com", "［邮箱］", "full width"),
    ("li（at）example.com", "［邮箱］", "spelt at"),
    ("li[at]example[dot]com", "［邮箱］", "spelt at and dot"),
    ("护照E12345678", "护照［证件］", "passport"),
    ("通行证C1234567890", "通行证［证件］", "permit"),
]
KEPT = [
    ("441502001002", "statistical code of 12 digits"),
    ("441502001002003", "grid code of 15 digits"),
    ("网格编码340102201101003", "grid code of Anhui, announced"),
    ("441502", "county"),
    ("441502202511210001", "serial number: county, day, number"),
    ("20251121080530", "time of 14 digits"),
    ("2025112108053012", "serial number that begins with a time"),
    ("2025-11-21 08:05", "time"),
    ("13-05-2025 100", "day and number"),
    ("2025年11月21日", "day in Chinese"),
    ("1763712345678", "milliseconds"),
    ("115.3738465, 22.7869123", "coordinates"),
    ("22.13812345678", "latitude with eleven decimals"),
    ("12345", "hotline"),
    ("拨打110、119、120", "emergency numbers"),
    ("热线电话12345", "announced hotline"),
    ("13800000000元", "amount"),
    ("￥15000000000", "amount"),
    ("海滨路138号1栋1203室", "house number"),
    ("G15沈海高速 2000米", "road"),
    ("沪G15 2000米", "road after the sign of a province"),
    ("S30001省道", "road"),
    ("粤海街道A区", "street and block"),
    ("150 200 300", "counts"),
    ("3f13812345678ab", "hash"),
    ("550e8400-e29b-41d4-a716-446655440000", "uuid"),
    ("一二三四五", "counting"),
    ("第１号", "full-width digit"),
    ("@全体成员", "call"),
    ("138****5678", "masked before"),
    ("", "nothing"),
]


@pytest.mark.parametrize(("text", "expected", "why"), MASKED, ids=[why for _, _, why in MASKED])
def test_personal_data_is_masked(text: str, expected: str, why: str) -> None:
    assert mask(text).text == expected
    assert mask(expected).text == expected
    column = mask_column(pa.array(["路面积水", None, text]))
    assert column.texts.to_pylist() == ["路面积水", None, expected]
    assert column.counts == mask(text).counts


@pytest.mark.parametrize(("text", "why"), KEPT, ids=[why for _, why in KEPT])
def test_other_numbers_stay(text: str, why: str) -> None:
    assert mask(text).text == text
    assert why in ("amount", "latitude with eleven decimals") or mask_identifier(text).text == text


def test_kinds_are_counted() -> None:
    found = mask("13812345678、粤A12345、13912345678").counts
    assert found == {Kind.PHONE: 2, Kind.PLATE: 1}


def test_only_unmistakable_identifiers_are_dropped() -> None:
    keys = ["13812345678", "GD-13812345678", "11010519491231002X", "a@b.com", "4111111111111111", "20251121-0001", None]
    kept = drop_personal_identifiers(pa.array(keys))
    assert kept.texts.to_pylist() == [None, None, None, None, "4111111111111111", "20251121-0001", None]
    assert kept.counts == {Kind.PHONE: 2, Kind.ID_CARD: 1, Kind.EMAIL: 1}


HOSTILE = [
    "1 ",
    "1",
    "4-",
    "a@",
    "(at)",
    "粤A",
    "一",
    "1.2.3.4 ",
    "1234567890 ",
    "电话",
    "13812345678",
    "\u200b1",
    "@a.",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_work_grows_with_the_length_and_no_faster(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        started = time.process_time()
        mask(text)
        return time.process_time() - started

    seconds(1_000)
    # Four times the text: 4 if linear, 16 if quadratic; what a megabyte takes stays in proportion.
    assert seconds(200_000) < 10 * max(seconds(50_000), 0.01)


@pytest.mark.parametrize("field", OPEN311_PERSONAL)
def test_personal_fields_are_refused(field: str) -> None:
    with pytest.raises(PersonalFieldRefused) as refused:
        refuse_personal_fields({"service_code": "001", field: "13812345678"})
    assert (refused.value.field, "13812345678" in str(refused.value)) == (field, False)


def test_fields_about_the_matter_pass() -> None:
    refuse_personal_fields({"service_code": "1", "media_url": "x", "address_id": "7", "phone": "", "lat": 22.1})


@pytest.mark.parametrize(
    ("name", "personal"),
    [
        *(
            (name, True)
            for name in ("报案人电话", "联系人", "身份证号", "ownerName", "reporter_name", "shouji", "E-mail")
        ),
        *((name, False) for name in ("处置部门", "来电渠道", "Agency Name", "stated_unit_code", "事件描述", "居民区")),
    ],
)
def test_names_of_columns_tell_whether_they_are_about_a_person(name: str, personal: bool) -> None:
    assert names_a_person(name) is personal
