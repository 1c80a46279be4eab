"""`oxtui read`: a playbook as an article, for its owner to sign."""

from __future__ import annotations

from argparse import ArgumentParser

from oxtui.cli.check import folder_of
from oxtui.cli.context import Context
from oxtui.cli.output import named, write_file


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR", nargs="?", help="the playbook (default: the one in use)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--html", metavar="FILE", help="as a page that needs no other file, to read and to print")
    where.add_argument("--md", metavar="FILE", help="as Markdown (default: on the screen)")


def run(context: Context) -> int:
    """Write the article; raises PlaybookError, NotWritten, WrongUse."""
    from oxtui.playbook.article.content import article
    from oxtui.playbook.folder import raw_files
    from oxtui.playbook.load import load_raw

    folder = folder_of(context)
    loaded, plain = load_raw(folder, raw_files(folder))
    found = article(loaded.playbook, plain, context.clock().today())
    if context.options.html:
        from oxtui.playbook.article.html import html

        write_file(context.options.html, html(found))
    else:
        from oxtui.playbook.article.markdown import markdown

        text = markdown(found)
        if not context.options.md:
            context.out.text(text)
            return 0
        write_file(context.options.md, text)
    context.out.line(f"{named(context.options.html or context.options.md)}: {found.title}")
    return 0
