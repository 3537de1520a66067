"""The reader as a process of its own: ``python -m watchfloor.exchange.formats.child``, started by ``exchange.sandbox``.

It locks itself in before it looks at the file, and answers over one pipe in frames: a letter, the length, JSON.
``P`` is progress, ``D`` the document, ``T`` a table of cells, ``R`` a refusal, ``F`` a failure of ours.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

from watchfloor.exchange.formats import isolation
from watchfloor.exchange.formats.codec import document_to_json
from watchfloor.exchange.formats.detect import BY_MPXJ
from watchfloor.exchange.formats.errors import RowErrors, UnreadableFile
from watchfloor.exchange.formats.limits import Limits
from watchfloor.exchange.formats.sheet.raw import read_table, table_to_json
from watchfloor.plans.document import PlanDocument

_TRACE_CHARACTERS = 4000


def main(argument: str) -> int:
    """Read one file as the argument (JSON) says. Returns 0 when an answer was sent."""
    order: dict[str, Any] = json.loads(argument)
    limits = Limits(**order["limits"])
    answer = os.fdopen(os.dup(1), "wb")
    # Whatever Java or a library prints must not reach the answer.
    os.dup2(2, 1)
    uses_java = order["format"] in BY_MPXJ
    isolation.die_with_parent(int(order["parent"]))
    isolation.limit_self(limits, address_space=not uses_java)
    isolation.cut_network()
    _end_when_parent_closes()
    try:
        send(answer, "P", json.dumps({"fraction": 0.05, "step": "reading"}))
        if "sheet" in order:
            table = read_table(Path(order["path"]), order["format"], sheet=order["sheet"], limits=limits)
            send(answer, "T", table_to_json(table))
        else:
            document = _read(Path(order["path"]), order["format"], order["name"], limits)
            send(answer, "P", json.dumps({"fraction": 0.8, "step": "handing over"}))
            send(answer, "D", document_to_json(document))
    except UnreadableFile as error:
        send(answer, "R", json.dumps(_refusal(error)))
    except MemoryError:
        send(answer, "R", json.dumps(_refusal(_out_of_memory())))
    except RecursionError:
        too_deep = UnreadableFile("file.limit", "The file is nested too deeply.", "Save it again from its tool.")
        send(answer, "R", json.dumps(_refusal(too_deep)))
    except Exception as error:
        trace = traceback.format_exc()[-_TRACE_CHARACTERS:]
        send(answer, "F", json.dumps({"kind": type(error).__name__, "trace": trace}))
    # The Java machine's own threads would make an ordinary exit wait for them.
    answer.flush()
    os._exit(0)


def send(answer: Any, kind: str, body: str) -> None:
    data = body.encode()
    answer.write(kind.encode() + len(data).to_bytes(8, "big"))
    answer.write(data)
    answer.flush()


def _read(path: Path, file_format: str, name: str, limits: Limits) -> PlanDocument:
    if file_format in BY_MPXJ:
        from watchfloor.exchange.formats.mpxj.reader import read_with_mpxj

        return read_with_mpxj(path, file_format, name=name, limits=limits)
    from watchfloor.exchange.formats.python_readers import read_in_python

    return replace(read_in_python(path, file_format, limits=limits, name=name), source_name=name)


def _out_of_memory() -> UnreadableFile:
    return UnreadableFile(
        "file.limit", "The file needs more memory than a reading may use.", "Export fewer projects at once."
    )


def _refusal(error: UnreadableFile) -> dict[str, Any]:
    body: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "remedy": error.remedy,
        "place": error.place,
    }
    if isinstance(error, RowErrors):
        body["total"] = error.total
        body["rows"] = [
            {"sheet": row.sheet, "row": row.row, "column": row.column, "problem": row.problem, "remedy": row.remedy}
            for row in error.errors
        ]
    return body


def _end_when_parent_closes() -> None:
    """End at once when the parent goes: its end of our standard input closes with it, on every system."""

    def wait() -> None:
        try:
            while os.read(0, 1024):
                pass
        finally:
            os._exit(3)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
