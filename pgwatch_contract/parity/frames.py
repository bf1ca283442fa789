"""The first frame of a log stream, read from the bytes of its connection."""

from typing import BinaryIO


def read_text_frame(stream: BinaryIO) -> str | None:
    """Return the text of the next frame, or a word on what came instead; None where nothing comes.

    Only what servers send is understood: a frame without mask, of one piece, of up to 64 kB (RFC 6455, section 5.2).
    """
    try:
        head = stream.read(2)
        if len(head) < 2:
            return None
        length = head[1] & 0x7F
        if length == 126:
            length = int.from_bytes(stream.read(2))
        if head[0] != 0x81 or head[1] & 0x80 or length == 127:
            return f"a frame that begins with {head.hex()}"
        return stream.read(length).decode(errors="replace")
    except OSError:
        return None
