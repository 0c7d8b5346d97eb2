"""A Swift file, with its comments and string literals told apart from its code."""

import re

_TOKEN = re.compile(
    r"""(?P<line>//[^\n]*)
      | (?P<block>/\*)
      | (?P<open>(?P<hashes>\#*)(?P<quote>\"{3}|\"))
      | (?P<paren>[()])""",
    re.VERBOSE,
)


def code_of(text):
    """Returns the text with comments and the insides of string literals blanked, and where comments start.

    Interpolated code stays: it is code.
    """
    result = list(text)
    comments = []

    def blank(start, end):
        for index in range(start, end):
            if result[index] != "\n":
                result[index] = " "

    def skip_block(start):
        comments.append(start)
        depth, index = 1, start + 2
        while depth and index < len(text):
            if text.startswith("/*", index):
                depth, index = depth + 1, index + 2
            elif text.startswith("*/", index):
                depth, index = depth - 1, index + 2
            else:
                index += 1
        blank(start, index)
        return index

    def skip_string(index, hashes, quote):
        close, escape = quote + hashes, "\\" + hashes
        while index < len(text):
            if text.startswith(close, index):
                return index + len(close)
            if text.startswith(escape + "(", index):
                blank(index, index + len(escape) + 1)
                index = skip_code(index + len(escape) + 1, nested=True)
            elif text.startswith(escape, index):
                blank(index, index + len(escape) + 1)
                index += len(escape) + 1
            elif text[index] == "\n" and quote == '"':
                return index  # Not a literal after all, or one that does not compile.
            else:
                blank(index, index + 1)
                index += 1
        return index

    def skip_code(index, nested=False):
        depth = 1
        while match := _TOKEN.search(text, index):
            if match["line"]:
                comments.append(match.start())
                blank(*match.span())
                index = match.end()
            elif match["block"]:
                index = skip_block(match.start())
            elif match["open"]:
                index = skip_string(match.end(), match["hashes"], match["quote"])
            else:
                index = match.end()
                depth += 1 if match["paren"] == "(" else -1
                if nested and depth == 0:
                    blank(match.start(), match.end())
                    return index
        return len(text)

    skip_code(0)
    return "".join(result), comments


class Source:
    """One Swift file of the tree."""

    def __init__(self, root, path):
        text = (root / path).read_text(encoding="utf-8")
        parts = path.split("/")
        self.path = path
        #: The target's folder name; empty outside Sources and Tests.
        self.module = parts[1] if len(parts) > 2 else ""
        self.lines = text.splitlines()
        code, comments = code_of(text)
        self.code = code.splitlines()
        self.commented = {text.count("\n", 0, start) + 1 for start in comments}

    def place(self, number):
        return f"{self.path}:{number}: {self.lines[number - 1].strip() if self.lines else ''}"

    def is_explained(self, number):
        """Whether a comment stands on the line or on the one before it."""
        return bool({number, number - 1} & self.commented)
