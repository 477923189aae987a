"""What a form or an address asks for: an empty field asks for nothing, what a page does not know is passed over.

Links that people pass on carry parameters of whoever carried them, so that refusing those would refuse the reader.
"""

from fastapi import Request


def given(request: Request, *names: str) -> dict[str, str]:
    """The first value of each of the parameters `names` that is not blank."""
    if not request.scope["query_string"]:
        return {}
    found = {name: request.query_params.get(name, "").strip() for name in names}
    return {name: value for name, value in found.items() if value}


async def sent(request: Request, most: int) -> dict[str, str]:
    """The fields of a form, at most so many, that are not blank, without spaces around them.

    Browsers send each line break as two characters and count it as one: so it is here.
    """
    form = await request.form(max_files=0, max_fields=most)
    written = ((name, value.replace("\r\n", "\n").strip()) for name, value in form.items() if isinstance(value, str))
    return {name: value for name, value in written if value}
