"""In which words does a report arrive, and which address does it name?"""

import numpy as np
from numpy.typing import NDArray

from data.demo.class_list import ClassList
from data.demo.geography import DemoGeography
from data.demo.spots import HOT_SPOTS

TOWN_PLACES = (
    "菜市场东门",
    "菜市场南侧",
    "小学门口",
    "中学西侧",
    "公交站旁",
    "十字路口",
    "商业街北段",
    "步行街入口",
    "小区西门",
    "小区地下车库",
    "住宅楼楼下",
    "便利店门前",
    "卫生院对面",
    "文化广场",
    "街心公园",
    "停车场入口",
    "快递驿站旁",
    "药店门前",
    "老电影院旁",
    "农贸市场后巷",
    "加油站东侧",
    "幼儿园门口",
    "沿街铺面",
    "社区服务站旁",
)
VILLAGE_PLACES = (
    "村口榕树下",
    "祠堂前",
    "村委会旁",
    "村道拐弯处",
    "晒谷场",
    "小卖部门前",
    "老井边",
    "水塘边",
    "灌溉渠旁",
    "村小学门口",
    "文化楼前",
    "卫生站旁",
    "机耕路口",
    "桥头",
    "果园边",
    "菜地旁",
    "老屋巷口",
    "戏台前",
    "候车亭旁",
    "垃圾收集点",
    "篮球场边",
    "山脚下",
)
SHORE_PLACES = (
    "渔港码头",
    "防波堤上",
    "海堤内侧",
    "沙滩入口",
    "渔排岸边",
    "鱼市旁",
    "船厂门口",
    "滩涂边",
    "海边栈道",
    "妈祖庙前",
    "冷库旁",
    "避风塘",
)
HILL_PLACES = (
    "盘山路口",
    "茶园边",
    "林场入口",
    "水库路旁",
    "护林站旁",
    "山塘边",
    "竹林旁",
    "梯田边",
    "引水渠旁",
    "半山凉亭",
    "老桥头",
    "采石场旧址",
)
OPENINGS = {
    "grid_worker": ("网格员巡查发现，", "网格员入户走访时了解到，", "日常巡查发现，", "网格巡查上报："),
    "hotline_12345": ("市民来电反映，", "群众来电投诉，", "热线转来：", "居民致电称，"),
    "walk_in": ("居民到服务站反映，", "群众来访反映，", "村民当面反映，", "来访群众称，"),
    "sentry_post": ("哨卡值守发现，", "红色哨卡上报：", "哨点巡查时发现，", "哨卡接到反映，"),
    "department_feed": ("部门推送：", "部门数据比对提示，", "部门转办：", "业务系统推送，"),
    "qr_code": ("扫码上报：", "居民扫码反映，", "业主扫码留言，", "码上议收到反映，"),
    "open311": ("接口上报：", "外部系统转入：", "平台转入：", "线上报送："),
    "camera": ("视频巡查发现，", "监控画面显示，", "视频轮巡发现，", "摄像头巡查显示，"),
    "leader_note": ("领导交办：", "督办件：", "调研中发现，", "领导走访时群众反映，"),
    "import": ("历史台账记录：", "台账导入：", "表格报送：", "汇总表记录："),
}
ENDINGS = {
    "component": (
        "，存在安全隐患，请尽快修复。",
        "，请派人处理。",
        "，影响通行。",
        "，已摆放警示标志，待维修。",
        "，已有几天，无人处理。",
    ),
    "event": (
        "，影响市容，请及时清理。",
        "，请尽快处理。",
        "，周边居民意见较大。",
        "，多次反映未见改善。",
        "，影响出行。",
    ),
    "dispute": (
        "，请求调解。",
        "，双方情绪较激动，需上门调解。",
        "，希望社区出面协调。",
        "，前期协商未果。",
        "，已安抚，待进一步调处。",
    ),
    "prevention": (
        "，存在隐患，请核查。",
        "，需尽快消除隐患。",
        "，已口头提醒，待复查。",
        "，建议相关部门跟进。",
        "，请及时处置。",
    ),
}
VAGUE_PLACES = ("具体位置不详：", "位置未说明：", "未说明具体地点：")

Texts = NDArray[np.object_]
Ints = NDArray[np.int64]


def _pool(words: list[str] | tuple[str, ...]) -> Texts:
    return np.array(words, dtype=object)


def place_words(geography: DemoGeography, small: Ints, anchor: Ints, rng: np.random.Generator) -> Texts:
    """A place word for each incident; a hot spot keeps its word, other positions get any.

    Args:
        small: Row of the small grid, -1 for a report without a usable location, shape (n,).
        anchor: Hot spot within the grid, -1 for elsewhere, shape (n,).
    """
    facts = geography.facts
    hill = (facts.height_m > 160.0) & (facts.density_km2 < 1_500.0)
    shore = (facts.coast_km < 1.0) & (facts.density_km2 < 1_500.0)
    town = facts.density_km2 > 1_100.0
    kind = np.select([hill, shore, town], [3, 2, 1], default=0)
    pools = [_pool(words) for words in (VILLAGE_PLACES, TOWN_PLACES, SHORE_PLACES, HILL_PLACES)]
    fixed = np.stack([rng.permuted(np.arange(12)) for _ in range(len(kind))])[:, :HOT_SPOTS]
    sizes = np.array([len(pool) for pool in pools])
    word = np.where(anchor >= 0, fixed[small, anchor], rng.integers(0, sizes[kind[small]]))
    table = np.full((len(pools), sizes.max()), "", dtype=object)
    for row, pool in enumerate(pools):
        table[row, : len(pool)] = pool
    words = table[kind[small], word]
    return np.where(small >= 0, words, _pool(VAGUE_PLACES)[rng.integers(0, len(VAGUE_PLACES), len(small))])


def addresses(geography: DemoGeography, small: Ints, places: Texts) -> Texts:
    """County, town, village and place word; empty where the location is unknown."""
    county = {unit.code: unit.name for unit in geography.level("county")}
    town = {unit.code: unit.name for unit in geography.level("large")}
    village = {unit.code: unit.name for unit in geography.level("medium")}
    prefix = _pool([county[u.code[:6]] + town[u.code[:9]] + village[u.code[:12]] for u in geography.level("small")])
    return np.where(small >= 0, prefix[small] + places, "")


def texts(classes: ClassList, class_index: Ints, source: Ints, places: Texts, rng: np.random.Generator) -> Texts:
    """Opening by source, place, wording of the class, ending by kind, shape (n,)."""
    count = len(class_index)
    openings = _table([OPENINGS[key] for key in classes.sources])
    wordings = _table([row.wordings for row in classes.classes])
    endings = _table([ENDINGS[row.kind] for row in classes.classes])
    sizes = np.array([len(row.wordings) for row in classes.classes])
    opening = openings[source, rng.integers(0, openings.shape[1], count)]
    wording = wordings[class_index, rng.integers(0, sizes[class_index])]
    ending = endings[class_index, rng.integers(0, endings.shape[1], count)]
    return np.asarray(opening + places + wording + ending)


def _table(rows: list[tuple[str, ...]]) -> Texts:
    table = np.full((len(rows), max(len(row) for row in rows)), "", dtype=object)
    for i, row in enumerate(rows):
        table[i, : len(row)] = row
    return table
