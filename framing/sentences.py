"""A text becomes sentences with offsets.

Two layers of rules, both in linear time and without state, so that threads can share them:

1. Lines. `blocks` cuts the text where its layout ends a sentence: at blank lines, list items,
   headings and one-sentence-a-line files. It keeps hard-wrapped lines together.
2. Stops. Inside a block every full stop, question mark, exclamation mark and ellipsis is a
   candidate. The word before it (abbreviation, initial, number) and the word after it (lower case,
   numeral, frequent beginning of a sentence) decide.

The decision follows the evidence of Kiss & Strunk (2006), "Unsupervised Multilingual Sentence
Boundary Detection", Computational Linguistics 32(4): abbreviation type, initial, ordinal number,
orthography of the next word and frequent sentence starters. The lists, learned from a corpus there,
are written down here for English news and official texts. ``scripts/compare_splitters.py`` measures
the result beside the published libraries.
"""

from __future__ import annotations

import itertools
import re


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_NEVER_LAST = _words(  # a title or a link between words: something must follow
    """adm amb asst atty brig capt cdr cmdr col cols comdr cpl cpt dr drs ens fr gen gens gov
    govs hon insp lieut lt ltcol maj messrs mgr mlle mme mr mrs ms msgr mt mts pfc pres prof profs
    pvt rep reps rev rt sen sens sgt spc supt supts treas ca cf e.g eg i.e v viz vs"""
)
_SELDOM_LAST = _words(  # last when a frequent sentence starter follows
    """al approx assn ave avg bldg blvd bros cit co corp cos dept depts dist esp esq est excl ext
    gmbh govt ibid inc incl int'l intl jr llc llp ltd mfg mgmt misc nat'l natl plc pty sa seq sr st
    ste sts subch subsec supp tel u.s.c univ
    Ala Ariz Ark Cal Calif Colo Conn Del Fla Ga Ill Ind Kan Kans Ky La Mass Md Mich Minn Miss Mo
    Mont Neb Nebr Nev Okla Ont Ore Oreg Pa Penn Que Tenn Tex Va Vt Wash Wis Wisc Wyo
    Art Ed Ft Mt Op Pt Pub Sec Stat Sun Mon Tue Tues Wed Thu Thur Thurs Fri Sat"""
)
_BEFORE_NUMBER = _words(  # abbreviations only when a numeral follows
    "app art arts ch chap cl cls ex fig figs fn n nn no nos p par para paras pp pt sec secs "
    "sched ser sess tit vol vols"
)
_BEFORE_LOWER = _words(  # units, months: no end before a small letter; before a capital an end
    """bbl bln cu cwt dlr dlrs etc ft hr hrs kg km lb lbs mi mln mos oz pct qtr sq tbsp trln tsp yr
    yrs jan feb aug sept sep oct nov dec Mar Apr Jun Jul"""
)
_MONTHS = _words("jan feb mar apr jun jul aug sep sept oct nov dec")
_CLOCK = frozenset({"a.m", "p.m"})
_AFTER_CLOCK = _words(  # "5 p.m. Monday", "8:30 a.m. Eastern"
    """monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december jan feb mar apr jun jul aug sep sept oct
    nov dec mon tue tues wed thu thurs fri sat sun eastern central mountain pacific local
    greenwich"""
)
_STARTERS = _words(
    """a about according additionally after again all also although an and another any anybody
    anyone as asked at because before both but by despite during each either even every everybody
    everyone everything few finally following for from further furthermore given he hence her here
    his how however i if in indeed instead is it its last later let like many maybe meanwhile
    moreover my neither nevertheless next no nobody none nonetheless nor not nothing now on once
    only or other others otherwise our overall perhaps please rather several she since so some
    someone something soon still such thank thanks that the their then there therefore these they
    this those though through thus today together tomorrow tonight unless unlike until we well what
    whatever when whenever where whereas whether which while who why with within without yes
    yesterday yet you your it's he's she's they're we're that's there's i'm i've i'll we've we'll
    you're don't what's let's"""
)
_SHOUTED_STARTERS = _words("he i it our she the these they this we you it's we're")
_SURNAMES = _words("a an he her i is like my so you")  # also names: "J. He", "Q. An"
_DOMAINS = _words("com edu eu gov htm html info io js net org pdf uk")
_LINKING = _words(  # a line that ends in one of these goes on in the next
    """a an and are as at be been but by for from has have his in into is its nor of on or our than
    that the their this to was were which who will with would"""
)

_LETTERED = _words(  # "vitamin C. Senator Orvick"
    """annex appendix category class exhibit grade group hepatitis option part phase plan schedule
    section series table tier type vitamin"""
)

_EMOJI = "\u2600-\u27bf\ufe0f\u200d\U0001f000-\U0001faff"
_STOP = re.compile(
    r"(?P<mark>\.(?:[ \xa0]\.)+|[.!?\u2026\u061f\u06d4\u203d]+|[\u3002\uff01\uff1f\uff61]+)"
    # quotes, brackets, signs of no width, emoji, references to notes
    rf"(?P<close>(?:[\"'\u201d\u2019\u00bb\u300d\u300f)\]}}*_\xad\u200b-\u200f\u2060\ufeff\x00]"
    rf"|[ \xa0]?(?:[{_EMOJI}]|\[\d{{1,3}}\])|[\xb9\xb2\xb3\u2070-\u2079])*)"
    r"(?P<note>(?<=[^\d\s].)\d{1,2}(?=\s{1,3}[\"\u201c(]?[A-Z]))?"
)
_NEXT = re.compile(
    r"(?P<gap>\s*)(?P<dash>(?:-{1,2}|[\u2013\u2014])\s)?"
    r"(?P<open>[\"'`\u201c\u2018\u00ab\u201e(\[\u00a1\u00bf#@$\u20ac\xa3*_<{]{0,6})"
    r"(?P<word>[^\W_]{0,24}(?:['\u2019][a-z]{1,3})?)"
)
_TAIL = re.compile(r"[^\W_](?:[\w.'\u2019&/]*[^\W_])?\Z")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]{1,2}|Ph\.?D")  # U.S, a.m, Ph.D
_ITEM = re.compile(r"\d{1,3}|[^\W\d_]|[ivxlIVXL]{1,5}")
_HEAD_ITEM = re.compile(
    r"\W*(?:(?:section|sec|article|art|chapter|part|annex|title|rule|paragraph|step|\xa7)\.? ?)?"
    r"(?:\d{1,3}|[^\W\d_]|[ivxlIVXL]{1,5})",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(r"\b[A-Z](?:[a-z]|[A-Z]{3})")
_DATELINE = re.compile(r"[A-Z][A-Z .'-]{2,60}[,(]")
_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_BULLET = re.compile(
    r"(?:[-*\u2022\u2023\u25e6\u25aa\u25cf\xb7\u2013\u2014]|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})"
    r"[.)])\s"
)
_ENDED = re.compile(  # a line that says where it ends, whatever the next begins with
    rf"(?:[!?:;\u2026]|(?<!\.[A-Za-z])\.)[\"'\u201d\u2019\u00bb)\]{_EMOJI} ]*\Z"
    rf"|[{_EMOJI}]\Z|(?:\#\w+|(?:https?://|www\.)\S+)\Z"
)
_WEB = frozenset({"http", "https", "www"})
_NEAR = 40  # characters in which something must be said before a stop and after it
_WINDOW = 250  # how far to look for the other bracket


def split(text: str) -> list[tuple[int, int]]:
    """Split a text into sentences.

    Parameters
    ----------
    text : str
        Any text; English news and official texts are what the rules were made for.

    Returns
    -------
    list of (int, int)
        Half-open character offsets of the sentences, in order and not overlapping, without white
        space at either end. Every character that is not white space lies in a sentence.
    """
    found = []
    for first, last in blocks(text):
        block = text[first:last]
        small = _CAPITALISED.search(block) is None  # a writer without capitals
        start = 0
        for stop in _STOP.finditer(block):
            end = _boundary(block, start, stop, small)
            if end is not None and end < len(block):
                found.append((first + start, first + end))
                start = end
                while block[start].isspace():
                    start += 1
        found.append((first + start, last))
    return found


def blocks(text: str) -> list[tuple[int, int]]:
    """Cut a text where its layout ends a sentence, whatever the punctuation.

    Lines are kept together when they look hard-wrapped: the next one begins with a small letter,
    the line ends in a word that cannot be last, or no line of the paragraph could have taken the
    first word of the next one.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of (int, int)
        Half-open character offsets of the blocks, without white space at either end.
    """
    found: list[tuple[int, int]] = []
    paragraph: list[tuple[int, int]] = []
    position = 0
    for match in _LINE.finditer(text):
        line = match.group()
        stripped = line.strip()
        if text.count("\n", position, match.start()) > 1 or not stripped:
            found += _join_lines(text, paragraph)
            paragraph = []
        if stripped:
            start = match.start() + len(line) - len(line.lstrip())
            paragraph.append((start, start + len(stripped)))
        position = match.end()
    return found + _join_lines(text, paragraph)


def _join_lines(text: str, lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join the lines of a paragraph that one sentence may run through."""
    width = max((end - start for start, end in lines), default=0)
    wrapped = (len(lines) > 2 and 40 <= width <= 120) or (len(lines) > 3 and 25 <= width < 40)
    if wrapped:
        wrapped = all(
            end - start + 1 + len(text[following:last].split(None, 1)[0]) > width
            for (start, end), (following, last) in itertools.pairwise(lines)
        )
    found = lines[:1]
    for start, end in lines[1:]:
        before, after = found[-1]
        if _BULLET.match(text, start, end):  # "Donald\nJ. Trump" is no list item
            joined = wrapped and text[start].isupper() and text[after - 1].isalpha()
        else:
            joined = wrapped or _runs_on(
                text[max(before, after - 80) : after], text[start : start + 4]
            )
        if joined:
            found[-1] = (before, end)
        else:
            found.append((start, end))
    return found


def _runs_on(line: str, following: str) -> bool:
    """Tell whether a line (its last 80 characters) goes on in one that begins with `following`."""
    if line.endswith(("; and", "; or")) or following in ("http", "www."):
        return False
    if following[0].islower():
        return _ENDED.search(line) is None
    words = line.rsplit(None, 1)
    return len(line) > 50 and (line[-1] == "," or words[-1] in _LINKING)


def _boundary(block: str, start: int, stop: re.Match[str], small: bool) -> int | None:
    """Return where the sentence that began at `start` ends if `stop` ends it, else None."""
    mark, close, end = stop["mark"], stop["close"], stop.end()
    if mark[0] in "\u3002\uff01\uff1f\uff61":
        return end
    following = _NEXT.match(block, end)
    leads = stop.start() - start < _NEAR and not any(map(str.isalnum, block[start : stop.start()]))
    if following is None or leads:  # nothing has been said yet
        return None
    tail = _TAIL.search(block, max(start, stop.start() - 24), stop.start())
    word = tail.group() if tail is not None else ""
    if not following["gap"]:
        return _run_together(block, start, stop, word, following)
    if _inside_brackets(block, start, stop.start()):
        return None
    after = following["word"]
    item = "(" in following["open"] and block.startswith(")", following.end())  # "House. (b) Power"
    if after[:1].islower() and not (item or after[1:2].isupper() or after in _WEB):
        ends = not close and _ends_before_small_letter(mark, word, after, small)
    elif not after:
        ends = any(map(str.isalnum, block[end : end + _NEAR]))
    elif mark != ".":
        ends = True
    else:
        ends = _ends_before_capital(block, start, stop, word, following)
    return end if ends else None


def _run_together(
    block: str, start: int, stop: re.Match[str], word: str, following: re.Match[str]
) -> int | None:
    """Find the end in "he said.The minister": a word of small letters or a year, then a capital."""
    mark, close, after = stop["mark"], stop["close"], following["word"]
    last = word[-2:]
    if len(mark) > 1 or not (after[:1].isupper() and (after[1:2].isalpha() or after in "AI")):
        return None
    if not (last.isdigit() or (last.islower() and len(last) == 2)) or after.lower() in _DOMAINS:
        return None
    chunk = block[max(start, stop.start() - 60) : stop.start()].rsplit(None, 1)[-1]
    if _is_abbreviation(word) or re.search(r"[/@]|www|\.", chunk):
        return None
    if close[-1:] == '"' and block.count('"', start, stop.start()) % 2 == 0:
        return stop.end() - 1  # the mark opens the next sentence
    return stop.end()


def _inside_brackets(block: str, start: int, position: int) -> bool:
    """Tell whether a bracket that opened after the sentence's first character is still open."""
    opened = block.rfind("(", max(start + 1, position - _WINDOW), position)
    if opened < 0 or block.find(")", opened, position) >= 0:
        return False
    closed = block.find(")", position + 2, position + _WINDOW)
    return closed >= 0 and block.find("(", position, closed) < 0


def _ends_before_small_letter(mark: str, word: str, after: str, small: bool) -> bool:
    """Decide before a small letter: the sentence goes on, unless the writer has no capitals."""
    if mark[:2] in ("..", ". ") or mark[0] == "\u2026":
        return False
    if mark != ".":
        return small or (word != "" and after in _SHOUTED_STARTERS)
    if not word:
        return True  # a stop set off by a space
    if _DOTTED.fullmatch(word) or _is_abbreviation(word) or len(word) == 1:
        return small and after in _SHOUTED_STARTERS and word.lower() not in _NEVER_LAST
    return small or after in _STARTERS


def _ends_before_capital(
    block: str, start: int, stop: re.Match[str], word: str, following: re.Match[str]
) -> bool:
    """Decide on a full stop before a capital, a numeral, a quotation mark or a bracket."""
    after, lowered = following["word"], word.lower()
    if not word or block[stop.start() - 1] in ")]}%":
        return True
    if stop.start() - start < 20 and _HEAD_ITEM.fullmatch(block, start, stop.start()):
        return False  # "1. Steel", "Section 2. Tin", "Q. Why?"
    if following["dash"] and stop.start() - start < 60 and _DATELINE.match(block, start):
        return False  # "MOSCOW, September 14. - Observers"
    numeral = after[:1].isdigit()
    if lowered in _BEFORE_NUMBER and (
        numeral or (lowered not in ("no", "nos") and _ITEM.fullmatch(after))
    ):
        return False
    if word.isdigit() and block[max(start, stop.start() - 24) : stop.start() - len(word)].endswith(
        (": ", "; ")
    ):
        return False  # "two points: 1. Steel"
    if lowered in _NEVER_LAST:
        return False
    if lowered in _MONTHS and numeral:
        return False
    if lowered in _CLOCK:
        zone = after.isupper() and 2 <= len(after) <= 4
        return not zone and after.lower() not in _AFTER_CLOCK and "(" not in following["open"]
    if _matches(word, _SELDOM_LAST) or _DOTTED.fullmatch(word):
        return _is_starter(block, following)
    if len(word) == 1 and word.isalpha():
        before = block[max(start, stop.start() - 20) : stop.start() - 2].rsplit(None, 1)
        if before and before[-1].lower() in _LETTERED:
            return True
        return _is_starter(block, following) and after.lower() not in _SURNAMES
    return not stop["note"] or not _is_abbreviation(word)


def _is_starter(block: str, following: re.Match[str]) -> bool:
    """Tell whether the next word is one that often begins a sentence and seldom a name."""
    word = following["word"].replace("\u2019", "'")
    if (
        following["dash"]
        or "(" in following["open"]
        or block.startswith((".", "-"), following.end())
    ):
        return False
    shouted = len(word) > 1 and word.isupper()
    return word.lower() in (_SHOUTED_STARTERS if shouted else _STARTERS)


def _is_abbreviation(word: str) -> bool:
    return any(
        _matches(word, words) for words in (_NEVER_LAST, _SELDOM_LAST, _BEFORE_LOWER, _MONTHS)
    ) or (word.lower() in _BEFORE_NUMBER and word[0].isupper())


def _matches(word: str, words: frozenset[str]) -> bool:
    """Look a word up: entries with a capital match as written, the others in any case."""
    return word in words or word.lower() in words
