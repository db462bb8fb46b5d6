"""The one module that knows the HTTP library: connections, limits, time, and no surprises.

Redirects are never followed, loopback hosts never go through a proxy, cookies are never kept. Bodies are unpacked here,
piece by piece, so that a bomb meets a limit and a truncated archive is noticed. Refuses to interpret replies.

Source: RFC 9110, RFC 9112; wire-contracts 2.1 (status codes), reliability rules for the network.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from tui.errors import ConfigError, ProviderError
from tui.providers import faults
from tui.providers.base import Endpoint, HttpCall, Rejection, Timeouts
from tui.providers.deadline import Deadline
from tui.providers.departure import Departure
from tui.providers.faults import Talk
from tui.providers.lenient_json import BadJson, loads
from tui.providers.ndjson import NdjsonDecoder
from tui.providers.openai_shapes import openai_rejection
from tui.providers.outgoing import encoded_body, finished_call
from tui.providers.retrying import Tries, TryFailed
from tui.providers.sse import TooLarge
from tui.providers.transport_faults import failed_try, proxy_refused, silence, unusable_environment
from tui.providers.transports import REDIRECT, Carrier, Transports
from tui.providers.unpacking import BodyBroken, Unpacker

if TYPE_CHECKING:
    import httpx

MAX_LISTING_BYTES = 32 * 1024 * 1024
"""A model list; the longest known has half a MiB."""
MAX_ERROR_BYTES = 64 * 1024
"""How much of an error's body is read."""
_ERROR_BODY_S = 10.0
_DRAIN_S = 0.05

ReadRejection = Callable[[int, Any, str], Rejection]
"""How a dialect reads the body of an error: status, JSON or None, raw text."""


def _read_rejection(status: int, data: Any, text: str) -> Rejection:
    del status
    return openai_rejection(data, text)


class Stalled(TimeoutError):
    """Nothing came before the deadline."""


# -- one response ------------------------------------------------------------------------------------------------------


class HttpResponse:
    """The head of a response, and its body as it comes."""

    def __init__(self, response: httpx.Response, talk: Talk, departure: Departure, carrier: Carrier) -> None:
        self.status = response.status_code
        self.since_sent_s = departure.elapsed_s
        """Seconds from the last byte of the request to the head of the response, where that is known."""
        self.connected = departure.connected
        """How the connection came about, where that is known."""
        self.headers: dict[str, str] = {}
        for name, value in (*response.headers.multi_items(), *response.extensions.get(REDIRECT, ())):
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        self._response = response
        self._carrier = carrier
        self._raw = aiter(cast("httpx.AsyncByteStream", response.stream))
        self._deadline = Deadline()
        self._pieces: Iterator[bytes] | None = None
        self._unpacker = self._unpacker_for(talk)

    def _unpacker_for(self, talk: Talk) -> Unpacker | None:
        encoding = self.headers.get("content-encoding", "").strip().lower().removeprefix("x-")
        if encoding in ("", "identity"):
            return None
        if encoding in ("gzip", "deflate"):
            return Unpacker(encoding)
        raise faults.unreadable(talk, f"a body packed as {encoding}, which was not asked for", status=self.status)

    async def read(self, deadline: float) -> bytes:
        """The next piece of the unpacked body; empty at its end.

        Args:
            deadline: On the event loop's clock, in seconds.

        Raises:
            Stalled: nothing came before the deadline.
            BodyBroken: the body ended before its end.
            TooLarge: it unpacks to too much.
        """
        while True:
            if self._pieces is not None:
                piece = next(self._pieces, b"")
                if piece:
                    await asyncio.sleep(0)  # a bomb must not keep everybody else waiting
                    return piece
                self._pieces = None
            raw = await self._read_raw(deadline)
            if self._unpacker is None:
                return raw
            if not raw:
                self._unpacker.check_end()
                return b""
            self._pieces = self._unpacker.unpack(raw)

    async def _read_raw(self, deadline: float) -> bytes:
        import httpx

        try:
            with self._deadline.until(deadline):
                async for raw in self._raw:
                    if raw:
                        return raw
                return b""
        except TimeoutError as error:
            raise Stalled from error
        except httpx.RemoteProtocolError as error:
            raise BodyBroken("the connection closed before the end") from error
        except (httpx.NetworkError, httpx.TimeoutException, httpx.StreamError) as error:
            raise BodyBroken("the connection was lost") from error

    async def body(self, limit: int, deadline: float) -> tuple[bytes, bool]:
        """The body up to a limit, and whether there was more.

        Raises:
            Stalled, BodyBroken, TooLarge: as `read`.
        """
        body = bytearray()
        while piece := await self.read(deadline):
            body += piece
            if len(body) > limit:
                return bytes(body[:limit]), True
        return bytes(body), False

    async def drain(self) -> None:
        """Read the end of a body that has nothing more to say, so that its connection can be used again."""
        deadline = asyncio.get_running_loop().time() + _DRAIN_S
        with contextlib.suppress(Stalled, BodyBroken):
            for _ in range(8):
                if not await self._read_raw(deadline):
                    break

    async def close(self) -> None:
        """Close the connection, or give it back when the body was read to its end."""
        self._deadline.close()
        try:
            await self._response.aclose()
        finally:
            self._carrier.release()


# -- the client --------------------------------------------------------------------------------------------------------


class HttpClient:
    """All connections of the process; made when first used, closed by `close()`."""

    def __init__(self) -> None:
        self._transports = Transports()
        self.warned: set[str] = set()
        """Endpoints whose warnings were given."""

    async def close(self) -> None:
        """Close all connections."""
        await self._transports.close()

    async def send(self, call: HttpCall, endpoint: Endpoint, limits: Timeouts, *, model: str = "") -> HttpResponse:
        """Send a finished call; the response whatever its status, its body unread.

        Raises:
            TryFailed: there is no response.
            ConfigError: the request cannot be sent.
            ReplyUnreadable: the body is packed in a way that was not asked for.
        """
        import httpx

        try:
            carrier = self._transports.carrier(call.url)
        except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
            raise unusable_environment(error) from error
        try:
            return await self._carried(carrier, call, endpoint, limits, Talk.about(call, endpoint, model))
        except BaseException:  # cancelled, too
            carrier.release()
            raise

    async def _carried(
        self, carrier: Carrier, call: HttpCall, endpoint: Endpoint, limits: Timeouts, talk: Talk
    ) -> HttpResponse:
        import httpx

        departure = Departure()
        request = _request(carrier, call, endpoint, limits, departure)
        try:
            async with asyncio.timeout(limits.first_byte_s):
                response = await carrier.send(request)
        except TimeoutError as error:
            raise silence(talk, limits.first_byte_s) from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise ConfigError(f"base_url of {endpoint.name} must begin with http:// or https://.") from error
        except httpx.TransportError as error:
            stuck_bytes = 0 if departure.is_complete else len(request.content)
            raise failed_try(error, talk, limits, stuck_bytes=stuck_bytes, banner=departure.banner) from error
        try:
            return HttpResponse(response, talk, departure, carrier)
        except ProviderError:
            await response.aclose()
            raise

    async def get_json(
        self, call: HttpCall, endpoint: Endpoint, *, model: str = "", read_rejection: ReadRejection = _read_rejection
    ) -> Any:
        """Send a call whose answer is one JSON document (a listing, feedback), trying again as the endpoint allows.

        Raises:
            ProviderError: no answer, a status that is no success, or not JSON.
            ConfigError: the request cannot be sent.
        """
        call = finished_call(call)
        tries = Tries(endpoint.retry)
        while True:
            try:
                return await self._document(call, endpoint, model, read_rejection, tries)
            except TryFailed as failed:
                wait = tries.wait_after(failed)
                if wait is None:
                    raise failed.error from failed.__cause__
            await asyncio.sleep(wait)
            tries.attempt += 1

    async def _document(
        self, call: HttpCall, endpoint: Endpoint, model: str, read_rejection: ReadRejection, tries: Tries
    ) -> Any:
        response = await self.send(call, endpoint, endpoint.timeouts, model=model)
        talk = Talk.about(call, endpoint, model)
        try:
            await self.check(response, talk, read_rejection, tries)
            deadline = asyncio.get_running_loop().time() + endpoint.timeouts.first_byte_s
            body, is_more = await response.body(MAX_LISTING_BYTES, deadline)
            if is_more:
                raise faults.too_large(talk, f"the answer is larger than {MAX_LISTING_BYTES // 2**20} MiB")
        except TooLarge as limit:
            raise faults.too_large(talk, str(limit)) from limit
        except Stalled as stall:
            raise silence(talk, endpoint.timeouts.first_byte_s) from stall
        except BodyBroken as broken:
            error = faults.cut_short(talk, str(broken), 0)
            raise TryFailed(error, str(broken), is_connection=True) from broken
        finally:
            await response.close()
        if not body.strip():
            return None
        try:
            return loads(body)
        except BadJson as bad:
            raise faults.unreadable(talk, body.decode("utf-8", "replace"), status=response.status) from bad

    async def check(
        self, response: HttpResponse, talk: Talk, read_rejection: ReadRejection, tries: Tries | None = None
    ) -> None:
        """Pass a success; read the body of anything else.

        Raises:
            TryFailed: the status is no success.
        """
        if 200 <= response.status < 300:
            return
        if response.status == 407:  # of a proxy that passes plain HTTP on; others say it before there is a response
            raise proxy_refused(talk)
        body, note = await _error_body(response)
        try:
            data = loads(body) if body else None
        except BadJson:
            data = None
        rejection = read_rejection(response.status, data, body)
        if note:
            words = talk.redactor.redact_cut(rejection.words)[:300]
            rejection = replace(rejection, words=f"{words} ({note})")
        attempt = tries.attempt if tries is not None else 1
        error = faults.rejected(talk, response.status, rejection, headers=response.headers, body=body, tries=attempt)
        raise TryFailed(error, faults.status_words(response.status), headers=response.headers, rejection=rejection)

    async def stream_lines(self, call: HttpCall, endpoint: Endpoint) -> AsyncGenerator[Any, None]:
        """Send a call that answers with one JSON value a line (pulling a model); lines that are not JSON are skipped.

        Raises:
            ProviderError: no answer, a status that is no success, or the lines broke off.
            ConfigError: the request cannot be sent.
        """
        call = finished_call(call)
        talk = Talk.about(call, endpoint)
        limits = endpoint.timeouts
        loop = asyncio.get_running_loop()
        try:
            response = await self.send(call, endpoint, limits)
        except TryFailed as failed:
            raise failed.error from failed.__cause__
        decoder = NdjsonDecoder()
        try:
            await self.check(response, talk, _read_rejection)
            while piece := await response.read(loop.time() + max(limits.idle_s, limits.first_byte_s)):
                for text in decoder.feed(piece):
                    with contextlib.suppress(BadJson):
                        yield loads(text)
            for text in decoder.end():
                with contextlib.suppress(BadJson):
                    yield loads(text)
        except TryFailed as failed:
            raise failed.error from failed.__cause__
        except Stalled as stall:
            raise faults.cut_short(talk, f"nothing came for {faults.time_words(limits.idle_s)}", 0) from stall
        except (BodyBroken, TooLarge) as broken:
            raise faults.cut_short(talk, str(broken), 0) from broken
        finally:
            await response.close()


def _request(
    carrier: Carrier, call: HttpCall, endpoint: Endpoint, limits: Timeouts, departure: Departure
) -> httpx.Request:
    """The call in the library's form.

    Raises:
        ConfigError: it has none.
    """
    import httpx

    content = None if call.json is None else encoded_body(call.json)
    timeout = httpx.Timeout(None, connect=limits.connect_s).as_dict()
    extensions = {"trace": departure.note, "timeout": timeout}
    try:
        return carrier.request(call.method, call.url, call.headers, content, extensions)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as error:
        raise ConfigError(f"base_url of {endpoint.name} is not an address that can be asked.") from error


async def _error_body(response: HttpResponse) -> tuple[str, str]:
    """The body of an error as text, and a remark when it is not whole: an error's own trouble is not the user's."""
    deadline = asyncio.get_running_loop().time() + _ERROR_BODY_S
    body, note = bytearray(), ""
    try:
        while piece := await response.read(deadline):
            body += piece
            if len(body) > MAX_ERROR_BYTES:
                note = f"only the first {MAX_ERROR_BYTES // 1024} KiB of its answer were read"
                break
    except TooLarge as limit:
        note = str(limit)
    except (Stalled, BodyBroken):
        note = "the rest of its answer did not come"
    return body[:MAX_ERROR_BYTES].decode("utf-8", "replace"), note
