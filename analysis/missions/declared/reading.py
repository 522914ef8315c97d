"""YAML as people write it, without its surprises: UTF-8, no key twice, and one kind of error."""

from __future__ import annotations

from pathlib import Path

import yaml


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"key '{key}' stands there twice")
        return super().construct_mapping(node, deep)


def load_mapping(path: Path) -> dict:
    """The mapping in a YAML file.

    Errors: ValueError that says what is wrong: not UTF-8, not YAML, an impossible date, a key twice, or no mapping at all.
    """
    try:
        text = path.read_bytes().decode("utf-8")
        content = yaml.load(text, Loader=_Loader)
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ValueError("is not valid YAML" + (f" (line {min(mark.line, text.count(chr(10))) + 1})" if mark else "")) from None
    if not isinstance(content, dict):
        raise ValueError("holds no keys")
    return content
