"""Which links of a chain do not hold, and what happened to each? Values only, no I/O."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from data.audit.chain import ChainKey, Head, Seal, content_hash, link_of
from data.audit.findings import Fault, Finding
from data.audit.sealing import moment_of

MOST_SUSPECTS = 200
"""So many broken links are explained one by one; more mean that the whole chain was made anew."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal as stored, with the canonical text of its entry; None where the entry is gone."""

    seal: Seal
    link: bytes
    canonical: str | None


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A seal whose link does not follow from `previous`."""

    sealed: Sealed
    previous: bytes


@dataclass(slots=True)
class Walk:
    """One walk along the chain, seal by seal.

    Attributes:
        head: The last link passed.
        key: The key of the links.
        cut_us: Entries before this moment were dropped by retention; 0 for none.
    """

    head: Head
    key: ChainKey | None
    cut_us: int
    sealed: int = 0
    dropped: int = 0
    keyed: int = 0
    findings: list[Finding] = field(default_factory=list)
    _trusted: bool = True
    _suspects: list[_Suspect] = field(default_factory=list)
    _foreign: list[int] = field(default_factory=list)
    _unkeyed: list[int] = field(default_factory=list)

    def follow(self, chain: Iterable[Sealed]) -> Iterator[int]:
        """Walk; yields how many seals were passed, after each.

        Args:
            chain: In the order of `seq`.
        """
        for sealed in chain:
            self._step(sealed)
            self.sealed += 1
            yield self.sealed

    def finish(self) -> tuple[Finding, ...]:
        """All that is wrong, in the order of the chain."""
        self.findings += self._explained()
        self.findings += _ranges(Fault.KEY_NEEDED, self._foreign, _KEY_NEEDED)
        self.findings += _ranges(Fault.UNKEYED, self._unkeyed, _UNKEYED)
        return tuple(sorted(self.findings, key=lambda finding: finding.seq or 0))

    def _step(self, sealed: Sealed) -> None:
        seal = sealed.seal
        if seal.seq <= self.head.seq:
            self._tell(Fault.INSERTED, seal, f"Seal {seal.seq} of entry {seal.entry_id} is there twice.")
            return
        if seal.seq > self.head.seq + 1:
            self._tell_gap(self.head.seq + 1, seal.seq - 1)
            self._trusted = False
        self._check_link(sealed)
        self._check_entry(sealed)
        self._trusted = True
        self.head = Head(seal.seq, sealed.link)

    def _check_link(self, sealed: Sealed) -> None:
        seal = sealed.seal
        if seal.key_id and (self.key is None or self.key.id != seal.key_id):
            self._foreign.append(seal.seq)
            return
        if seal.key_id:
            self.keyed += 1
        elif self.keyed:
            self._unkeyed.append(seal.seq)
        # After a gap there is nothing to compare the first link with.
        if self._trusted and not self._follows(sealed, self.head.link, seal.seq):
            self._suspects.append(_Suspect(sealed, self.head.link))

    def _check_entry(self, sealed: Sealed) -> None:
        seal = sealed.seal
        if sealed.canonical is None:
            if seal.entry_us < self.cut_us:
                self.dropped += 1
            else:
                self._tell(Fault.REMOVED, seal, f"Entry {seal.entry_id} was removed; its seal {seal.seq} is left.")
        elif content_hash(sealed.canonical) != seal.content:
            self._tell(Fault.EDITED, seal, f"Entry {seal.entry_id} was edited after seal {seal.seq} was made.")

    def _follows(self, sealed: Sealed, previous: bytes, seq: int) -> bool:
        seal = sealed.seal if seq == sealed.seal.seq else replace(sealed.seal, seq=seq)
        return link_of(previous, seal, self.key if seal.key_id else None) == sealed.link

    def _explained(self) -> Iterator[Finding]:
        suspects = self._suspects[:MOST_SUSPECTS]
        links = {suspect.previous for suspect in suspects} | {suspect.sealed.link for suspect in suspects}
        numbers = [suspect.sealed.seal.seq for suspect in suspects]
        after_another: list[_Suspect] = []
        told = 0
        for suspect in suspects:
            seal = suspect.sealed.seal
            if any(self._follows(suspect.sealed, link, seal.seq) for link in links):
                after_another.append(suspect)
                continue
            told += 1
            own = next((n for n in numbers if any(self._follows(suspect.sealed, link, n) for link in links)), None)
            if own is not None:
                text = f"Entry {seal.entry_id} was sealed as number {own} and now stands as number {seal.seq}."
                yield _finding(Fault.REORDERED, seal, text)
            else:
                text = f"The link of seal {seal.seq} (entry {seal.entry_id}) does not follow from the one before it: "
                yield _finding(Fault.BROKEN, seal, text + "this seal or the one before was changed.")
        # A link that would hold after a moved neighbour is itself whole: told only where nothing else explains it.
        if not told:
            for suspect in after_another:
                seal = suspect.sealed.seal
                yield _finding(Fault.BROKEN, seal, f"Seal {seal.seq} (entry {seal.entry_id}) follows another link.")

    def _tell(self, fault: Fault, seal: Seal, text: str) -> None:
        if len(self.findings) < 1_000:
            self.findings.append(_finding(fault, seal, text))

    def _tell_gap(self, first: int, last: int) -> None:
        which = f"Seal {first} is" if first == last else f"Seals {first} to {last} are"
        self.findings.append(Finding(Fault.REMOVED, f"{which} missing: entries were removed with their seals.", first))


_KEY_NEEDED = "were made with another MINQING_SECRET_KEY; set the one of that time to check them."
_UNKEYED = "are plain hashes after seals that were made with the key: somebody without the key made them."


def _finding(fault: Fault, seal: Seal, text: str) -> Finding:
    return Finding(fault, text, seal.seq, seal.entry_id, moment_of(seal.entry_us))


def _ranges(fault: Fault, numbers: list[int], text: str) -> Iterator[Finding]:
    """One finding for all: there may be millions of them."""
    if numbers:
        yield Finding(fault, f"{len(numbers):,} seals from {numbers[0]} to {numbers[-1]} {text}", numbers[0])
