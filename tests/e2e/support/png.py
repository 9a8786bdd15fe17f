"""Pictures of a page made small for the repository: a browser's PNG with the 256 colours that it has most of. Knows
what Chromium writes, 8 bits of red, green and blue without interlacing, and nothing else."""

import collections
import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = 256
_PIXEL_BYTES = 3


def _chunks(png):
    assert png.startswith(_SIGNATURE)
    at = len(_SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += size + 12


def _paeth(left, above, corner):
    to_left, to_above, to_corner = abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)
    if to_left <= to_above and to_left <= to_corner:
        return left
    return above if to_above <= to_corner else corner


_PREDICTIONS = (
    lambda left, above, corner: 0,
    lambda left, above, corner: left,
    lambda left, above, corner: above,
    lambda left, above, corner: (left + above) // 2,
    _paeth,
)


def _lines(data, width):
    """The lines without the filters that each begins with."""
    size = width * _PIXEL_BYTES
    above = bytearray(size)
    for at in range(0, len(data), size + 1):
        predict, line = _PREDICTIONS[data[at]], bytearray(data[at + 1 : at + 1 + size])
        for i in range(size):
            left, corner = (line[i - _PIXEL_BYTES], above[i - _PIXEL_BYTES]) if i >= _PIXEL_BYTES else (0, 0)
            line[i] = (line[i] + predict(left, above[i], corner)) & 0xFF
        yield [bytes(line[i : i + _PIXEL_BYTES]) for i in range(0, size, _PIXEL_BYTES)]
        above = line


def _chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def smaller(png):
    """The same picture as PNG with a palette."""
    chunks = list(_chunks(png))
    width, height, *form = struct.unpack(">IIBBBBB", dict(chunks)[b"IHDR"])
    assert form == [8, 2, 0, 0, 0], form
    data = zlib.decompress(b"".join(data for name, data in chunks if name == b"IDAT"))
    lines = list(_lines(data, width))
    colours = collections.Counter(pixel for line in lines for pixel in line)
    palette = [colour for colour, _ in colours.most_common(_COLOURS)]

    def nearest(colour):
        return min(range(len(palette)), key=lambda i: sum((a - b) ** 2 for a, b in zip(palette[i], colour)))

    place = {colour: nearest(colour) for colour in colours}
    packed = zlib.compress(b"".join(b"\0" + bytes(place[pixel] for pixel in line) for line in lines), 9)
    return (
        _SIGNATURE
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", b"".join(palette))
        + _chunk(b"IDAT", packed)
        + _chunk(b"IEND", b"")
    )
