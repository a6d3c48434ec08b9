"""Why a file is not taken in: one sentence that names the file and, where there is one, the line."""


class Refused(Exception):
    """Nothing of this import was written. `str()` is the sentence for the person who asked for it."""

    def __init__(self, file: str, reason: str, line: int | None = None):
        self.file, self.reason, self.line = file, reason, line
        where = f"{file}, line {line}" if line else file
        super().__init__(f"{where}: {reason}")
