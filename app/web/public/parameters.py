"""Reads the fields of forms and addresses: a blank field counts as absent, and an unknown one is ignored.

Sites and programs add parameters of their own to links, so a refusal would hit the reader of such a link.
"""

from fastapi import Request


def query_fields(request: Request, *names: str) -> dict[str, str]:
    """The first value of each of the parameters `names` that is not blank."""
    if not request.scope["query_string"]:
        return {}
    values = {name: request.query_params.get(name, "").strip() for name in names}
    return {name: value for name, value in values.items() if value}


async def form_fields(request: Request, most: int) -> dict[str, str]:
    """The fields of a form that are not blank, without spaces around them; a form has at most `most` fields.

    Browsers send a line break as two characters and count it as one. Here it becomes one character.
    """
    form = await request.form(max_files=0, max_fields=most)
    texts = ((name, value.replace("\r\n", "\n").strip()) for name, value in form.items() if isinstance(value, str))
    return {name: value for name, value in texts if value}
