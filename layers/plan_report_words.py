"""What does the report of a plan say, in each language?"""

from collections.abc import Mapping

from layers.legend import Lang

_WORDS: Mapping[str, tuple[str, str]] = {
    "kind": ("联防片区方案 · 论证材料", "Joint-defence zones · evidence of a plan"),
    "state.draft": ("草案", "draft"),
    "state.review": ("评审中", "in review"),
    "state.adopted": ("已采用", "adopted"),
    "state.superseded": ("已被取代", "superseded"),
    "state.withdrawn": ("已撤回", "withdrawn"),
    "head.area": ("范围", "Area"),
    "head.base": ("基本单元", "Joined units"),
    "head.state": ("状态", "State"),
    "head.version": ("版本（步数）", "Version (steps)"),
    "head.made": ("编制", "Made"),
    "head.adopted": ("采用日期", "In force from"),
    "head.superseded": ("取代日期", "Superseded from"),
    "head.revision": ("边界版本", "Boundary revision"),
    "head.older": (
        "边界已变更：本方案按边界版本 {drawn} 的单元划定，现行版本为 {present}。图形与指标为当时的；"
        "各片区工作量、周长、紧凑度未重新计算。",
        "Borders have changed: this plan divides the units of boundary revision {drawn}; the present one is {present}. "
        "Outlines and figures are those of the time; workload, perimeter and roundness of zones are not computed anew.",
    ),
    "head.period": ("问题画像时段", "Period of the profile"),
    "head.report": ("材料生成", "Report made"),
    "head.no_period": ("未使用事件数据", "no cases were used"),
    "until": ("{first} 至 {last}", "{first} to {last}"),
    "count.zones": ("片区", "zones"),
    "count.units": ("单元", "units"),
    "count.unassigned": ("未划入", "in no zone"),
    "map": ("地图", "Map"),
    "map.note": (
        "点击单元查看详情。图上数字为片区序号；粗线为片区边界，细线为单元边界。",
        "Click a unit for its figures. Numbers on the map are those of the zones; thick lines part zones, thin ones "
        "units.",
    ),
    "map.none": ("未划入任何片区", "in no zone"),
    "figures": ("指标", "Figures"),
    "figures.name": ("指标", "Figure"),
    "figures.now": ("本方案", "This plan"),
    "figures.start": ("与起点相比", "Change since the start"),
    "figures.in_force": ("与现行方案相比", "Against the plan in force"),
    "figures.meaning": ("含义", "Meaning"),
    "figure.zones": ("片区数", "Zones"),
    "figure.ratio": ("问题相似度", "Similarity"),
    "figure.compactness": ("紧凑度", "Compactness"),
    "figure.balance": ("最重片区工作量 / 平均", "Heaviest workload / mean"),
    "figure.contiguous": ("片区均连成一片", "Every zone in one piece"),
    "figure.unassigned": ("未划入的单元", "Units in no zone"),
    "meaning.zones": ("有单元的片区", "zones that have units"),
    "meaning.ratio": (
        "标准化问题画像的片区间平方和占总平方和的比例，越高越相似",
        "sum of squares between zones / total, on the standardised problem profile; the higher the more alike",
    ),
    "meaning.compactness": (
        "1 − 被片区边界切开的单元边界长度 / 全部单元边界长度，越高越紧凑",
        "1 − length of unit borders that zones cut / length of all of them; the higher the more compact",
    ),
    "meaning.balance": ("1 为完全均衡", "1 is perfectly even"),
    "meaning.contiguous": (
        "相接须有一段共同边界，仅一点相触不算",
        "neighbours share a line; a touching corner is none",
    ),
    "meaning.unassigned": ("采用前须为 0", "0 before a plan is adopted"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "same": ("不变", "the same"),
    "zones": ("片区", "Zones"),
    "zone.number": ("序号", "No."),
    "zone.name": ("片区名称", "Name"),
    "zone.code": ("片区编码", "Code"),
    "zone.team": ("巡逻队", "Patrol team"),
    "zone.members": ("单元数", "Units"),
    "zone.workload": ("工作量", "Workload"),
    "zone.share": ("/ 平均", "/ mean"),
    "zone.area": ("面积 km²", "Area km²"),
    "zone.perimeter": ("周长 km", "Outline km"),
    "zone.roundness": ("圆度", "Roundness"),
    "zone.similarity": ("相似度", "Similarity"),
    "zone.pieces": ("块数", "Pieces"),
    "why": ("为何划在一起", "Why together"),
    "check": ("检查", "Check"),
    "check.sound": (
        "未发现违反规则之处：每个单元至多属于一个片区，每个片区连成一片，且不跨越{fence}。",
        "No rule is broken: every unit lies in at most one zone, every zone is in one piece, "
        "and none crosses the fence ({fence}).",
    ),
    "check.fence": ("设定的界线", "as it was set"),
    "fault.unassigned": ("{count} 个相连单元未划入任何片区：", "{count} connected units lie in no zone:"),
    "fault.broken": (
        "片区 {zone} 未连成一片，{count} 个单元被隔开：",
        "Zone {zone} is not in one piece; {count} units lie apart:",
    ),
    "fault.overloaded": (
        "片区 {zone} 的工作量 {figure} 超过上限 {bound}：",
        "Zone {zone} has workload {figure}, more than {bound}:",
    ),
    "fault.underloaded": (
        "片区 {zone} 的工作量 {figure} 低于下限 {bound}：",
        "Zone {zone} has workload {figure}, less than {bound}:",
    ),
    "fault.too_many_members": (
        "片区 {zone} 有 {figure} 个单元，多于 {bound}：",
        "Zone {zone} has {figure} units, more than {bound}:",
    ),
    "fault.too_few_members": (
        "片区 {zone} 只有 {figure} 个单元，少于 {bound}：",
        "Zone {zone} has {figure} units, fewer than {bound}:",
    ),
    "fault.apart": ("规定分开的单元同在片区 {zone}：", "Units that must be apart both lie in zone {zone}:"),
    "fault.together": ("规定同片区的单元被分开：", "Units that must be together lie apart:"),
    "units": ("单元清单", "Units by zone"),
    "unit.zone": ("所属片区", "Zone"),
    "unit.code": ("编码", "Code"),
    "unit.name": ("名称", "Name"),
    "parameters": ("规则与偏好", "Rules and wishes"),
    "parameters.none": ("无：由人工绘制或导入。", "None: drawn by hand or imported."),
    "parameter": ("参数", "Parameter"),
    "value": ("取值", "Value"),
    "parameter.zones": ("片区数", "number of zones"),
    "parameter.floor": ("每片区最低工作量", "least workload of each zone"),
    "parameter.within": ("范围", "area"),
    "parameter.base": ("基本单元", "units joined"),
    "parameter.since": ("时段起", "period from"),
    "parameter.until": ("时段止（不含）", "period until (not included)"),
    "parameter.seed": ("随机种子", "seed"),
    "parameter.seconds": ("计算时间（秒）", "seconds to search"),
    "parameter.stable": ("最稳定的方案", "most stable plan"),
    "parameter.tolerance": ("工作量允许偏差", "workload may differ from the mean by"),
    "parameter.least_members": ("最少单元数", "fewest units"),
    "parameter.most_members": ("最多单元数", "most units"),
    "parameter.least_workload": ("最低工作量", "least workload"),
    "parameter.most_workload": ("最高工作量", "most workload"),
    "parameter.together": ("必须同片区", "must be together"),
    "parameter.apart": ("不得同片区", "must be apart"),
    "parameter.locked": ("锁定", "locked"),
    "parameter.fence_level": ("不得跨越的层级", "level that no zone crosses"),
    "parameter.fence": ("不得跨越的层级", "level that no zone crosses"),
    "parameter.compactness": ("偏好：紧凑", "wish: short borders"),
    "parameter.spread": ("偏好：工作量均衡", "wish: even workload"),
    "parameter.in_force": ("偏好：接近现行方案", "wish: close to the plan in force"),
    "parameter.post": ("偏好：同一哨点", "wish: the same nearest post"),
    "parameter.classes": ("画像权重：类别构成", "profile: shares of classes"),
    "parameter.rates": ("画像权重：每千人发生率", "profile: rates per 1,000 people"),
    "parameter.hours": ("画像权重：时段", "profile: times of day"),
    "parameter.load": ("画像权重：未结与超期", "profile: open and overdue"),
    "parameter.workload": ("工作量口径", "what counts as workload"),
    "parameter.posts": ("哨点种类", "kinds of patrol posts"),
    "value.cases": ("事件数", "number of cases"),
    "value.hours": ("处置工时估计", "estimated hours of handling"),
    "value.True": ("是", "yes"),
    "value.False": ("否", "no"),
    "parameter.links": ("人工连接的单元", "units linked by hand"),
    "parameter.cuts": ("人工断开的单元", "units parted by hand"),
    "method": ("方法", "Method"),
    "method.neighbours": (
        "相邻：两个单元有一段共同边界才算相邻；桥梁、渡口可人工连接，河流、高速公路可人工断开，均在上表列出。",
        "Neighbours share a border of positive length. Bridges and ferries are linked, rivers and expressways parted "
        "by hand; both are listed above.",
    ),
    "method.profile": (
        "问题画像：各类事件占比（经验贝叶斯收缩）、每千人发生率（Marshall 估计）、时段分布、未结与超期负荷，"
        "标准化后按权重比较。",
        "Problem profile: shares of class groups and hours drawn towards the area's mix (empirical Bayes), rates per "
        "1,000 people (Marshall's estimator), open and overdue load; standardised and weighted.",
    ),
    "method.search": (
        "求解：以相邻约束的 Ward 聚类起步，对边界单元移动做下降与模拟退火；硬规则必须满足，偏好计入目标。"
        "同一问题、同一种子得到同一方案，与数据顺序和机器快慢无关。",
        "Search: Ward's method restricted to neighbours, then a descent and annealing over moves of border units. "
        "Hard rules are kept or the plan is refused; wishes count in the objective. The same question with the same "
        "seed gives the same plan, whatever the order of the data or the speed of the machine.",
    ),
    "method.stable": (
        "最稳定的方案：随机改变画像各列的权重，各算一份方案，再取这些方案最一致的划分，因此不迎合偶然波动。",
        "Most stable plan: the question is answered under other weights of the profile's columns too, and what those "
        "plans agree on most is taken, so that the plan does not fit chance.",
    ),
    "method.hand": (
        "人工调整：每一步移动都先检查是否切断片区或跨越界线，全部步骤可在系统中逐条查看和撤销。",
        "Changes by hand: every move is checked first for cutting a zone or crossing a fence; all steps stay in the "
        "history of the plan and can be taken back.",
    ),
    "method.check": (
        "检查：方案由独立程序重新验证（不重不漏、连通、不越界、满足规则）。",
        "Check: an independent program verifies each plan: a partition, contiguous, inside its fence, with the rules "
        "met.",
    ),
    "method.limits": (
        "局限：结果未证明为全局最优；画像取决于所选时段内已上报的事件。",
        "Limits: plans are not proven optimal; the profile rests on what was reported in the period.",
    ),
    "origin": ("来源与校验", "Origin and verification"),
    "origin.seed": ("随机种子", "Seed"),
    "origin.no_seed": ("无（人工绘制或导入）", "none (drawn by hand or imported)"),
    "origin.hash": ("方案哈希 SHA-256", "Hash of the plan, SHA-256"),
    "origin.how": (
        "哈希只取决于哪些单元同属一个片区，与片区名称和序号无关。核对方法：取 CSV 文件的前两列 code 与 zone_key"
        "（所在片区中最小的单元编码，未划入则为空），按 code 排序，每行写作“code,zone_key”并以换行符结尾，"
        "UTF-8 编码，对全文计算 SHA-256。CSV 已按此排序，在命令行中即：",
        "The hash depends only on which units are together, not on names or numbers of zones. To verify: take the "
        "first two columns of the CSV, code and zone_key (the smallest code in the unit's zone, empty for none), in "
        "the order of code, write each line as “code,zone_key” ended by a line feed, in UTF-8, and compute SHA-256 of"
        " it all. The CSV is in this order already; on a command line:",
    ),
    "origin.versions": ("软件版本", "Versions"),
    "page": ("本文件可离线打开，不访问任何网络地址。", "This file opens offline and asks for no address."),
}


def word(key: str, lang: Lang, **values: object) -> str:
    """The text of a key.

    Raises:
        KeyError: The report has no such text.
    """
    text = _WORDS[key][lang == "en"]
    return text.format(**values) if values else text


def parameter_word(name: str, lang: Lang) -> str:
    """The text for a parameter; its own name where there is none."""
    key = f"parameter.{name}"
    return word(key, lang) if key in _WORDS else name


KEYS = tuple(_WORDS)


def value_word(text: str, lang: Lang) -> str:
    """The words for a value that is a key; any other text as it is."""
    key = f"value.{text}"
    return word(key, lang) if key in _WORDS else text


def parameter_place(name: str) -> int:
    """Where a parameter stands among the others; unknown ones come last."""
    key = f"parameter.{name}"
    return KEYS.index(key) if key in _WORDS else len(KEYS)
