# Compiles Python files for the parent process, until its requests end.
#
# Request:  source path, NUL, final path, NUL.
# Answer:   one byte, length (4 bytes, little-endian), payload:
#   "h"  once at the start: version and cache tag
#   "c"  compiled: the whole .pyc file
#   "e"  cannot be compiled: line, NUL, column, NUL, reason; line and column are 0
#        if they are not known
#
# Only built-in and frozen modules are imported: slim images hold no bytecode
# of the standard library, so that each module from a file would cost more
# than most of the files to be compiled.
import sys, posix, marshal, gc, _imp, _warnings
from _frozen_importlib_external import MAGIC_NUMBER

gc.disable()
_warnings.filters.insert(0, ("ignore", None, Warning, None, 0))
HASH_KEY = int.from_bytes(MAGIC_NUMBER, "little")
# Flags (PEP 552): 1 means a hash and not a time, 2 that Python compares it with the source.
HEADER = MAGIC_NUMBER + (b"\x03" if sys.argv[1] == "checked-hash" else b"\x01") + b"\0\0\0"


def answer(kind, payload):
    data = memoryview(kind + len(payload).to_bytes(4, "little") + payload)
    while data:
        data = data[posix.write(1, data):]


def read(path):
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        # One byte more than the size, so that the end shows at once.
        want = posix.fstat(fd).st_size + 1
        data = posix.read(fd, want)
        if len(data) < want - 1:
            more = posix.read(fd, want)
            while more:
                data += more
                more = posix.read(fd, want)
        return data
    finally:
        posix.close(fd)


def compiled(source, final):
    code = compile(source, final, "exec", dont_inherit=True)
    return HEADER + _imp.source_hash(HASH_KEY, source) + marshal.dumps(code)


def failure(e):
    line, column, reason = 0, 0, str(e)
    if isinstance(e, SyntaxError):
        # Its text would have the file's name once more.
        line, column, reason = e.lineno or 0, e.offset or 0, e.msg or ""
    reason = "%s: %s" % (type(e).__name__, reason)
    return "%d\0%d\0%s" % (max(line, 0), max(column, 0), " ".join(reason.split()))


def main():
    answer(b"h", b"%d %d %s" % (sys.version_info[0], sys.version_info[1], sys.implementation.cache_tag.encode()))
    pending = b""
    while True:
        data = posix.read(0, 65536)
        if not data:
            return
        *fields, pending = (pending + data).split(b"\0")
        if len(fields) % 2:
            pending = fields.pop() + b"\0" + pending
        for i in range(0, len(fields), 2):
            source = read(fields[i])
            try:
                pyc = compiled(source, fields[i + 1].decode("utf-8", "surrogateescape"))
            except Exception as e:
                answer(b"e", failure(e).encode("utf-8", "backslashreplace"))
            else:
                answer(b"c", pyc)


main()
