from __future__ import annotations

from collector.log.frame import HEADER_BYTES, Frame, Trouble, encode, first_frame, frame_at

ONE = encode([b'{"a":1}\n', b'{"b":2}\n'], offset=0)
TWO = encode([b'{"c":3}\n'], offset=len(ONE))


def test_a_frame_has_these_bytes() -> None:
    assert ONE == b'#r46log1 00000000 00000010 00000002 c6d49fd5\n{"a":1}\n{"b":2}\n'
    assert len(ONE) == HEADER_BYTES + 16


def test_frames_follow_one_another() -> None:
    both = ONE + TWO
    first = frame_at(both, 0, base=0, limit=len(both))
    second = frame_at(both, len(ONE), base=0, limit=len(both))
    assert (first, second) == (Frame(0, len(ONE), 2), Frame(len(ONE), len(both), 1))
    assert isinstance(second, Frame)
    assert both[second.payload] == b'{"c":3}\n'


def test_every_flipped_bit_is_noticed() -> None:
    for place in range(len(ONE)):
        for bit in range(8):
            damaged = bytearray(ONE)
            damaged[place] ^= 1 << bit
            assert not isinstance(frame_at(bytes(damaged), 0, base=0, limit=len(ONE)), Frame)


def test_a_frame_is_short_where_the_buffer_ends_and_damaged_where_the_segment_ends() -> None:
    for cut in range(len(ONE)):
        assert frame_at(ONE[:cut], 0, base=0, limit=len(ONE)) is Trouble.SHORT
        assert frame_at(ONE[:cut], 0, base=0, limit=cut) is Trouble.DAMAGED


def test_a_copy_of_a_frame_at_another_place_is_no_frame() -> None:
    assert frame_at(ONE, 0, base=7, limit=1000) is Trouble.DAMAGED
    smuggled = encode([b"x" + ONE + b"\n"], offset=0)
    damaged = b"?" + smuggled[1:]
    assert first_frame(damaged, base=0, limit=len(damaged)) is None


def test_reading_finds_the_next_frame_behind_damage() -> None:
    for lost in (b"", b"?", b"#r46log1 ", ONE[:-1], ONE[1:], b"#r46log1 " * 50):
        segment = lost + encode([b"{}\n"], offset=len(lost))
        expected = Frame(len(lost), len(segment), 1)
        assert first_frame(segment, base=0, limit=len(segment)) == expected
