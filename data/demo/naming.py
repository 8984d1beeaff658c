"""What are the invented units called, and which codes do they carry?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pypinyin import lazy_pinyin

CITY_CODE = "449900"
CITY_NAME = ("汐澜市", "Xilan City")
DISTRICT_CODE = "449902"
OUTER_CODES = ("449921", "449922", "449981")
OUTER_KINDS = (("县", "County"), ("县", "County"), ("市", "City"))
DISTRICT_STEMS = ("望澜", "汐堤", "碧澜", "沐澜")
OUTER_STEMS = ("云岫", "碧屿", "听潮", "鹭汀", "霁川", "苍屿", "岚汀", "荻川", "栖岚", "沧芷", "榕屿", "烟汀")
TOWN_FIRST = "岚汐霁澜鹭榕沁芷蘅芸荻菱苇蓼枫栀桐槿汀沧璧琅"
TOWN_LAST = "溪浦湾岭坪塘岗洲桥坑屿埠堤峰渚"
VILLAGE_FIRST = "上下前后东西南北新旧内外里顶半双三五石竹梅松桂榕荔枣杏茶沙泥瓦砖盐渔船帆灯钟鼓井泉云雾风月霞晴雁鹤鸥鲤"
VILLAGE_LAST = "溪埔寮围塘厝坑岭坪湖洋埕巷桥墩垵崎寨屿井湾洲浦陂坎头尾"
COMMUNITY_STEMS = (
    "朝晖",
    "春晓",
    "海悦",
    "潮声",
    "晨曦",
    "文渊",
    "书香",
    "康宁",
    "福泽",
    "锦绣",
    "观澜",
    "听涛",
    "向海",
    "望潮",
    "渔歌",
    "雅居",
    "紫荆",
    "木棉",
    "金桂",
    "翠竹",
    "银杏",
    "丹枫",
    "芳草",
    "绿茵",
    "清波",
    "星光",
    "月华",
    "彩虹",
    "晴川",
    "云台",
    "明德",
    "崇文",
    "尚武",
    "敬贤",
    "孝悌",
    "诚信",
    "友善",
    "和睦",
    "团圆",
    "吉祥",
    "如意",
    "长乐坊",
    "太平坊",
    "永宁坊",
    "乐业",
    "兴旺",
    "繁荣",
    "腾飞",
    "迎宾",
    "站前",
    "码头",
    "渡口",
    "盐埕",
    "船厂",
    "糖厂",
    "纸厂",
    "纺织",
    "机械",
    "供销",
    "邮电",
    "文庙",
    "钟楼",
    "南门",
    "北门",
    "东门",
    "西门",
    "水门",
    "城隍",
    "土地里",
    "榕荫",
    "柳岸",
    "莲塘",
    "梅园",
    "兰园",
    "菊园",
    "竹园",
    "松园",
    "桃园",
    "李园",
    "杏园",
    "橘园",
    "茶园",
    "稻香",
    "麦香",
    "果香",
    "花香",
    "书院",
    "学府",
    "育才",
    "树人",
)
SAME_AS_REAL = frozenset(
    {
        "上溪",
        "枫溪",
        "桐岭",
        "桐洲",
        "三溪",
        "石井",
        "石湾",
        "石桥",
        "双桥",
        "南湖",
        "南岭",
        "南洋",
        "东洲",
        "东湖",
        "西湖",
        "北湖",
        "新洲",
        "新桥",
        "里湖",
        "云溪",
        "双湖",
        "上井",
        "松溪",
        "竹溪",
        "霞浦",
        "盐湖",
        "月湖",
        "荔湾",
        "荔浦",
        "沙湾",
        "沙洋",
        "南溪",
        "新浦",
        "枫桥",
        "石埠",
        "梅湾",
        "东溪",
        "西洲",
        "南浦",
        "鹭岗",
    }
)

Names = NDArray[np.str_]


@dataclass(frozen=True)
class Label:
    """Chinese and English name of one unit."""

    zh: str
    en: str


def _romanised(stem: str) -> str:
    return "".join(lazy_pinyin(stem)).capitalize()


def _stems(first: str, last: str, rng: np.random.Generator) -> list[str]:
    """All two-syllable names of the two pools in random order, without those that exist as a county or prefecture."""
    pairs = [a + b for a in first for b in last if a != b and a + b not in SAME_AS_REAL]
    return [pairs[i] for i in rng.permutation(len(pairs))]


def county_labels(rng: np.random.Generator) -> list[Label]:
    """The city's own district first, then the three outer counties."""
    district = DISTRICT_STEMS[rng.integers(len(DISTRICT_STEMS))]
    outer = rng.choice(np.array(OUTER_STEMS), 3, replace=False)
    rows = [Label(f"{district}区", f"{_romanised(district)} District")]
    rows += [
        Label(f"{stem}{zh}", f"{_romanised(str(stem))} {en}") for stem, (zh, en) in zip(outer, OUTER_KINDS, strict=True)
    ]
    return rows


TOWN_KINDS = {"street": ("街道", "Subdistrict"), "town": ("镇", "Town"), "township": ("乡", "Township")}
TOWN_FIRST_NUMBER = {"street": 1, "town": 100, "township": 200}
VILLAGE_KINDS = {"community": ("社区", "Community"), "village": ("村", "Village")}
VILLAGE_FIRST_NUMBER = {"community": 1, "village": 200}


def town_labels(kinds: list[str], rng: np.random.Generator) -> list[Label]:
    """A name of its own for every town; kinds are `street`, `town`, `township`."""
    stems = _stems(TOWN_FIRST, TOWN_LAST, rng)
    return [
        Label(stem + TOWN_KINDS[kind][0], f"{_romanised(stem)} {TOWN_KINDS[kind][1]}")
        for kind, stem in zip(kinds, stems, strict=False)
    ]


def village_labels(kinds: list[str], rng: np.random.Generator) -> list[Label]:
    """A name of its own for every village (`village`) and, while the pool lasts, every `community`."""
    rural = iter(_stems(VILLAGE_FIRST, VILLAGE_LAST, rng))
    urban = iter([COMMUNITY_STEMS[i] for i in rng.permutation(len(COMMUNITY_STEMS))])
    labels = []
    for kind in kinds:
        stem = next(urban, None) if kind == "community" else None
        stem = stem or next(rural)
        labels.append(Label(stem + VILLAGE_KINDS[kind][0], f"{_romanised(stem)} {VILLAGE_KINDS[kind][1]}"))
    return labels


def small_label(number: int) -> Label:
    """Small grids are only numbered within their village."""
    return Label(f"第{number}网格", f"Grid {number}")


def reading_order(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order of positions as one reads a page: rows from north to south, each row from west to east.

    Args:
        xy: Positions, shape (n, 2), x to the east and y to the north.

    Returns:
        Indices of the positions in order, shape (n,).
    """
    count = len(xy)
    rows = max(1, round(count**0.5))
    rank = np.empty(count, dtype=np.int64)
    rank[np.argsort(-xy[:, 1], kind="stable")] = np.arange(count)
    return np.lexsort((xy[:, 0], rank * rows // count))
