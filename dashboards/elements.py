"""What a page's body is made of: HTML elements as plain data, which static/js/parts.js draws without Dash's renderer.

Dash spends time on each component, here and more than in proportion in the browser, and puts all of them anew into the
page at each answer. So an answer holds one component of Dash's, a `Tree` (see `dashboards.parts`), and this inside it.
"""

from typing import Any, ClassVar


class Component(dict[str, Any]):
    """A part of a page: the very dict that the answer holds, which is encoded without a call of ours for each part.

    Its properties are those of React's element of that name; `children` is what stands inside.
    """

    _type: ClassVar[str] = ""
    children: Any = None

    def __init_subclass__(cls) -> None:
        cls._type = cls.__name__

    def __init__(self, children: Any = None, **properties: Any) -> None:
        if children is not None:
            self.children = children
        self.__dict__.update(properties)
        super().__init__(type=self._type, props=self.__dict__)

    def __getattr__(self, name: str) -> Any:
        # Properties differ from element to element; those that were not given are not there.
        raise AttributeError(f"{self._type} has no {name}")


class A(Component):
    """A link."""


class B(Component):
    """Strong words."""


class Dd(Component):
    """What is said of a term."""


class Details(Component):
    """What opens in place."""


class Div(Component):
    """A block."""


class Dl(Component):
    """Terms and what is said of them."""


class Dt(Component):
    """A term."""


class H2(Component):
    """The heading of a part."""


class H3(Component):
    """A heading within a part."""


class Li(Component):
    """An item of a list."""


class Nav(Component):
    """Ways to other pages."""


class P(Component):
    """A paragraph."""


class Section(Component):
    """A part of a page with a heading."""


class Span(Component):
    """Words within a line."""


class Summary(Component):
    """What is seen of what opens in place."""


class Ul(Component):
    """A list."""
