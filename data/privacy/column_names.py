"""Which names of columns, fields and properties are about a person?"""

import re
from itertools import pairwise

_CHINESE = re.compile(
    r"(?:姓名|身份证(?:件?号码?)?|证件号码?|手机(?:号码?)?|电话(?:号码?)?|联系方式|车牌(?:号码?)?|号牌号码|电子?邮[箱件](?:地址)?"
    r"|邮箱|出生(?:日期|年月日?)?|生日|性别|年龄|民族|籍贯|银行卡(?:号码?)?|(?:银行)?[账帐]号|护照(?:号码?)?|微信号?|QQ号?)$"
    r"|^(?:报案|报警|举报|投诉|反映|诉求|来电|来访|求助|申请|当事|联系|上报)人|^(?:居民|村民|市民|户主|业主|房主|车主|屋主|住户)(?:$|姓|名|编|I)"
)
_PINYIN = "xingming shenfenzheng sfzh sfz shouji shoujihao dianhua lianxiren chepai youxiang jumin huzhu yezhu"
_ROLES = "person resident citizen inhabitant householder complainant caller"
_MEANS = "phone phones mobile telephone cellphone tel email mail wechat imei imsi msisdn deviceid"
_FACTS = "idcard passport plate birth birthday birthdate dob firstname lastname fullname surname gender ethnicity ssn"
_WORDS = frozenset(f"{_PINYIN} {_ROLES} {_MEANS} {_FACTS}".split())
_PAIRS = frozenset(
    [
        *(
            ("first", "name"),
            ("last", "name"),
            ("full", "name"),
            ("family", "name"),
            ("given", "name"),
            ("middle", "name"),
        ),
        *(("owner", "name"), ("reporter", "name"), ("contact", "name"), ("contact", "number"), ("reporter", "id")),
        *(
            ("id", "card"),
            ("id", "number"),
            ("identity", "number"),
            ("identity", "card"),
            ("national", "id"),
            ("e", "mail"),
        ),
        *(("license", "plate"), ("bank", "card"), ("card", "number"), ("bank", "account"), ("device", "id")),
        *(("account", "id"), ("account", "number"), ("home", "address"), ("date", "birth"), ("wx", "id")),
    ]
)
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


def names_a_person(name: str) -> bool:
    """Whether a column of this name says who somebody is or how to reach them.

    Example:
        >>> names_a_person("报案人电话"), names_a_person("ownerName"), names_a_person("department_name")
        (True, True, False)
    """
    if _CHINESE.search(re.sub(r"[\s_（）()\-]+", "", name)):
        return True
    words = [part.lower() for part in _PART.findall(name)]
    words = [word for word in words if word != "of"]
    return not _WORDS.isdisjoint(words) or any(pair in _PAIRS for pair in pairwise(words))
