"""Themes: the shipped ones can be read by everybody, a user's own are told what is wrong with them."""

from __future__ import annotations

import os
import random
import re
import tomllib
from pathlib import Path

import pytest
from textual.app import App
from textual.color import Color
from textual.theme import Theme

from tui.errors import ThemeError
from tui.paths import themes_dir
from tui.theming import SYNTAX_COLOURS, TRANSCRIPT_COLOURS, contrast, load_theme, load_themes

SHIPPED = load_themes(themes_dir())
BY_NAME = {theme.name: theme for theme in SHIPPED.themes}
BASE_TEXT = ("primary", "secondary", "accent", "warning", "error", "success", "foreground")
NOT_TEXT = {"code-background", "rule", "selection", "match", "match-current"}
TEXT = (
    *BASE_TEXT,
    *(name for name in TRANSCRIPT_COLOURS if name not in NOT_TEXT),
    *(f"syntax-{name}" for name in SYNTAX_COLOURS),
    *(f"text-{name}" for name in ("primary", "secondary", "accent", "warning", "error", "success")),
    *("footer-description-foreground", "link-color"),
)
RAISED = ("background", "surface")
GROUNDS = ("background", "surface", "panel", "code-background")
PAIRS = (
    ("foreground", "selection"),
    ("foreground", "match"),
    ("input-selection-foreground", "input-selection-background"),
    ("block-cursor-foreground", "block-cursor-background"),
    ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
    ("input-cursor-foreground", "input-cursor-background"),
    ("link-color-hover", "link-background-hover"),
    *(("button-color-foreground", name) for name in ("primary", "success", "warning", "error")),
    *((f"text-{name}", f"{name}-muted") for name in ("primary", "secondary", "accent", "warning", "error", "success")),
)


ROOT = Path(__file__).parents[1]
PAINTED_BY_TEXTUAL = ("scrollbar", "input-selection-")


def variables_of(theme: Theme) -> dict[str, str]:
    """All variables as the app sees them."""
    return {**theme.to_color_system().generate(), **theme.variables}


def raised(variables: dict[str, str], ground: str) -> Color:
    """A ground under the row or field that one is in, or points at."""
    return Color.parse(variables[ground]) + Color.parse(variables["boost"])


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_themes_all_load_with_parleys_own_first() -> None:
    assert SHIPPED.failed == ()
    names = [theme.name for theme in SHIPPED.themes]
    assert names[:3] == ["parley-dark", "parley-light", "parley-contrast"]
    assert names[3:] == sorted(names[3:])
    assert len(names) >= 9
    assert sum(not theme.dark for theme in SHIPPED.themes) >= 3
    assert set(names) == {path.stem for path in themes_dir().glob("*.toml")}


@pytest.mark.parametrize("theme", SHIPPED.themes, ids=lambda theme: theme.name)
def test_all_text_of_a_shipped_theme_can_be_read(theme: Theme) -> None:
    variables = variables_of(theme)
    least = 7.0 if theme.name == "parley-contrast" else 4.5
    pairs = [(text, ground) for text in TEXT for ground in GROUNDS]
    unreadable = {
        f"{text} on {ground}": round(found, 2)
        for text, ground in (*pairs, *PAIRS)
        if (found := contrast(Color.parse(variables[text]), Color.parse(variables[ground]))) < least
    } | {
        f"{text} on a raised {ground}": round(found, 2)
        for text in TEXT
        for ground in RAISED
        if (found := contrast(Color.parse(variables[text]), raised(variables, ground))) < least
    }
    assert unreadable == {}


@pytest.mark.parametrize("theme", SHIPPED.themes, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", ["text-muted", "text-disabled"])
def test_quiet_text_can_still_be_read(theme: Theme, name: str) -> None:
    variables = variables_of(theme)
    alpha = int(variables[name].removeprefix("auto ").removesuffix("%")) / 100
    grounds = [Color.parse(variables[ground_name]) for ground_name in ("background", "surface", "panel")]
    for ground in (*grounds, *(raised(variables, ground_name) for ground_name in RAISED)):
        assert contrast(ground + ground.get_contrast_text(alpha), ground) >= 4.5


@pytest.mark.parametrize("theme", SHIPPED.themes, ids=lambda theme: theme.name)
def test_a_shipped_theme_names_all_that_the_transcript_paints(theme: Theme) -> None:
    own = (themes_dir() / f"{theme.name}.toml").read_text(encoding="utf-8")
    for name in (*TRANSCRIPT_COLOURS, *SYNTAX_COLOURS):
        assert f"\n{name} = " in own
    assert Color.parse(theme.variables["boost"]).a < 1


@pytest.mark.parametrize("theme", SHIPPED.themes, ids=lambda theme: theme.name)
async def test_textual_takes_every_shipped_theme(theme: Theme) -> None:
    app: App[None] = App()
    async with app.run_test(size=(40, 10)) as pilot:
        app.register_theme(theme)
        app.theme = theme.name
        await pilot.pause()
        assert app.get_css_variables()["role-user"] == theme.variables["role-user"]
        assert app.current_theme.dark is theme.dark


def test_contrast_is_what_wcag_says() -> None:
    assert contrast(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21)
    assert contrast(Color.parse("#777777"), Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)
    assert contrast(Color.parse("#abcdef"), Color.parse("#abcdef")) == 1


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("primary", ["#000080", "#ffff00", "#808080", "#ff0000", "rgb(0,128,0)", "hotpink", "#fff"])
async def test_one_colour_makes_a_readable_theme(tmp_path: Path, primary: str, dark: bool) -> None:
    theme = load_theme(written(tmp_path, f'primary = "{primary}"\ndark = {str(dark).lower()}\n'))
    variables = variables_of(theme)
    own = [name for name in TEXT if name not in BASE_TEXT]
    for name in own:
        for ground in ("background", "surface", "code-background"):
            assert contrast(Color.parse(variables[name]), Color.parse(variables[ground])) >= 4.5, (name, ground)
    assert {*TRANSCRIPT_COLOURS, *(f"syntax-{name}" for name in SYNTAX_COLOURS)} <= variables.keys()
    app: App[None] = App()
    async with app.run_test(size=(20, 5)) as pilot:
        app.register_theme(theme)
        app.theme = "mine"
        await pilot.pause()


def test_what_is_derived_for_a_high_contrast_theme_is_of_high_contrast(tmp_path: Path) -> None:
    text = 'primary = "#444466"\nbackground = "#000000"\nforeground = "#ffffff"\n'
    variables = variables_of(load_theme(written(tmp_path, text)))
    assert contrast(Color.parse(variables["thinking"]), Color.parse(variables["panel"])) >= 7


def test_given_colours_stay_as_they_are(tmp_path: Path) -> None:
    text = """
        primary = "#123456"
        boost = "#ffffff11"
        luminosity-spread = 0.2
        [variables]
        role-user = "#111111"
        input-selection-background = "#81a1c1 35%"
        text-muted = "auto 70%"
        markdown-h1-text-style = "bold not underline"
        [syntax]
        keyword = "#222222"
    """
    theme = load_theme(written(tmp_path, text))
    assert theme.primary == "#123456"
    assert theme.luminosity_spread == 0.2
    assert theme.variables["role-user"] == "#111111"
    assert theme.variables["syntax-keyword"] == "#222222"
    assert theme.variables["input-selection-background"] == "#81a1c1 35%"
    assert theme.variables["text-muted"] == "auto 70%"


def test_a_shipped_theme_names_nothing_that_nobody_paints() -> None:
    files = [
        file for file in (ROOT / "tui").rglob("*") if file.suffix in (".py", ".tcss") and "theming" not in file.parts
    ]
    painted = "\n".join(file.read_text("utf-8") for file in files)
    named = {
        name for file in themes_dir().glob("*.toml") for name in tomllib.loads(file.read_text("utf-8"))["variables"]
    }
    assert len(named) > 20
    ours = {name for name in named if re.search(rf"[$\"']{name}\b", painted)}
    assert {name for name in named - ours if not name.startswith(PAINTED_BY_TEXTUAL)} == set()


def test_the_users_theme_wins_over_a_shipped_one_of_its_name(tmp_path: Path) -> None:
    written(tmp_path, 'primary = "#010203"', "parley-dark.toml")
    loaded = load_themes(themes_dir(), tmp_path)
    assert next(theme for theme in loaded.themes if theme.name == "parley-dark").primary == "#010203"
    assert len(loaded.themes) == len(SHIPPED.themes)


def test_a_broken_theme_of_the_users_leaves_the_shipped_one(tmp_path: Path) -> None:
    written(tmp_path, "primary = ", "parley-dark.toml")
    loaded = load_themes(themes_dir(), tmp_path)
    assert BY_NAME["parley-dark"].primary == next(t for t in loaded.themes if t.name == "parley-dark").primary
    assert len(loaded.failed) == 1


BROKEN = [
    ("primary = ", "not valid TOML"),
    ("dark = true", "“primary” is missing"),
    ('primary = "blurple"', "“primary” must be a colour"),
    ('primary = "#12345"', "“primary” must be a colour"),
    ('primary = "#12345680"', "“primary” must be an opaque colour"),
    ('primary = "ansi_blue"', "“primary” must be a colour"),
    ("primary = 5", "“primary” must be a colour"),
    ('primary = ["#123456"]', "“primary” must be a colour"),
    ('primary = "#123"\nprimray = "#123"', "“primray” is not a field of themes; did you mean “primary”"),
    ('primary = "#123"\ndark = "yes"', "“dark” must be true or false"),
    ('primary = "#123"\ntext-alpha = 2', "“text-alpha” must be a number from 0 to 1"),
    ('primary = "#123"\ntext-alpha = nan', "“text-alpha” must be a number from 0 to 1"),
    ('primary = "#123"\nluminosity-spread = true', "“luminosity-spread” must be a number"),
    ('primary = "#123"\nvariables = 5', "“variables” must be a table"),
    ('primary = "#123"\n[variables]\nrole-usr = "#123"', "“variables.role-usr” is not a field of themes; did you mean"),
    ('primary = "#123"\n[variables]\nrole-user = "auto 5%"', "“variables.role-user” must be a colour"),
    ('primary = "#123"\n[variables]\nbackground-darken-1 = "#123 50%"', "“variables.background-darken-1” must be a"),
    ('primary = "#123"\n[variables]\nscrollbar = "red; color: blue"', "“variables.scrollbar” must be a colour"),
    ('primary = "#123"\n[variables]\nlink-style = "loud"', "“variables.link-style” must be a text style"),
    ('primary = "#123"\n[syntax]\nkeyword = 1', "“syntax.keyword” must be a colour"),
    ('primary = "#123"\n[syntax]\nkeywrd = "#123"', "“syntax.keywrd” is not a field of themes; did you mean “keyword”"),
    ('primary = "x"\ndark = 5\nabc = 1', "(2 more in this file)"),
    ('primary = "\\u001b[31m[bold]"', "“␛[31m[bold]”"),
    ("a = " + "[" * 5000, "cannot be"),
    ("a = " + "9" * 5000, "cannot be"),
    ("#" * 300_000, "larger than 256 KiB"),
]


@pytest.mark.parametrize(("text", "words"), BROKEN, ids=[words for _, words in BROKEN])
def test_a_broken_theme_is_a_sentence_and_takes_no_other_with_it(tmp_path: Path, text: str, words: str) -> None:
    written(tmp_path, text, "broken.toml")
    written(tmp_path, 'primary = "#88c0d0"', "good.toml")
    loaded = load_themes(tmp_path)
    assert [theme.name for theme in loaded.themes] == ["good"]
    [error] = loaded.failed
    assert isinstance(error, ThemeError)
    assert words in str(error)
    assert "broken.toml" in str(error)
    assert str(error).endswith((".", ")"))
    assert "\x1b" not in str(error)


def test_files_that_are_no_files_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "latin.toml").write_bytes(b'# \xe9\nprimary = "#123456"')
    (tmp_path / "gone.toml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "bad\nname.toml").write_text('primary = "#123456"')
    (tmp_path / ".hidden.toml").write_text("broken")
    (tmp_path / "notes.txt").write_text("broken")
    loaded = load_themes(tmp_path)
    assert loaded.themes == ()
    words = "\n".join(map(str, loaded.failed))
    assert len(loaded.failed) == 5
    assert "folder.toml is not a file" in words
    assert "pipe.toml is not a file" in words
    assert "latin.toml is not UTF-8 text" in words
    assert "gone.toml cannot be read: no such file or directory" in words
    assert "bad⏎name.toml has a name" in words


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b'\xef\xbb\xbfprimary = "#123456"')
    assert load_themes(tmp_path).failed == ()


def test_missing_folders_hold_no_themes_and_a_file_is_no_folder(tmp_path: Path) -> None:
    file = written(tmp_path, "", "file")
    loaded = load_themes(tmp_path / "missing", file)
    assert loaded.themes == ()
    assert [str(error) for error in loaded.failed] == [f"The theme folder {file} cannot be read: not a directory."]


def test_damaged_theme_files_never_crash(tmp_path: Path) -> None:
    rng = random.Random("themes")
    original = (themes_dir() / "parley-dark.toml").read_bytes()
    for _ in range(300):
        damaged = bytearray(original)
        for _ in range(rng.randint(1, 6)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        (tmp_path / "mine.toml").write_bytes(damaged)
        loaded = load_themes(tmp_path)
        assert len(loaded.themes) + len(loaded.failed) == 1
        for theme in loaded.themes:
            theme.to_color_system().generate()


@pytest.mark.parametrize("theme", SHIPPED.themes, ids=lambda theme: theme.name)
def test_tokens_can_be_read_on_their_tints(theme: Theme) -> None:
    from tui.widgets.token_field import TokenField

    variables = variables_of(theme)
    tints = re.findall(r"color: \$foreground; background: \$(\w+) (\d+)%", TokenField.DEFAULT_CSS)
    assert len(tints) == 3
    for ground in ("background", "surface"):
        for name, percent in tints:
            tinted = Color.parse(variables[ground]).blend(Color.parse(variables[name]), int(percent) / 100)
            assert contrast(Color.parse(variables["foreground"]), tinted) >= 4.5, (ground, name)
