"""The `service` section: what the callers of a logical name may expect.

The binder makes a `ServiceConfig`; whenever the router needs a service, `build` makes a
`ServicePolicy` of the parameters that the section has for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.backoff.base import BackoffConfig
from linkerd.classifier.base import ClassifierConfig
from linkerd.classifier.http import NonRetryable5XXConfig
from linkerd.config.option import not_negative, option
from linkerd.config.section import Plugin, Section
from linkerd.retry.budget import BudgetConfig

if TYPE_CHECKING:
    from linkerd.name.path import Path


@attrs.frozen(kw_only=True)
class RetriesConfig(Section):
    """How failed requests are tried again."""

    summary: ClassVar[str] = "Whether and when a request that the classifier lets retry is retried."

    budget: BudgetConfig = option("How many retries there may be.", default=BudgetConfig())
    backoff: BackoffConfig | None = option(
        "The wait before each retry; by default there is none.", default=None
    )
    max_per_request: int = option(
        "How often one request is retried at the most.",
        default=10,
        check=not_negative,
        differs="Linkerd 1 has no such limit and tries up to 100 times at once.",
    )


@attrs.frozen(kw_only=True)
class ServiceConfig(Plugin):
    """What requests of a logical name may expect."""

    family: ClassVar[str] = "service"
    default_kind: ClassVar[str] = "io.l5d.global"

    def parameters(self, name: Path) -> ServiceParameters:
        """Give what holds for a service."""
        raise NotImplementedError

    def classifiers(self) -> list[ClassifierConfig]:
        """Give the classifiers that were written, for any service."""
        raise NotImplementedError


@attrs.frozen(kw_only=True, slots=False)
class ServiceParameters(Section):
    """What can be said of a service. Without slots, so that it goes with a second base."""

    response_classifier: ClassifierConfig = option(
        "Which answers are failures, and which of those may be retried.",
        default=NonRetryable5XXConfig(),
    )
    total_timeout_ms: int | None = option(
        "How long a request may take, with its name, its connection and all its tries, to the head"
        " of its answer. 0 is no limit.",
        default=None,
        unit="ms",
        check=not_negative,
    )
    retries: RetriesConfig = option("How failures are retried.", default=RetriesConfig())


@attrs.frozen(kw_only=True)
class GlobalServiceConfig(ServiceParameters, ServiceConfig):
    """The same for all services of the router."""

    kind: ClassVar[str] = "io.l5d.global"
    summary: ClassVar[str] = "One set of parameters for every service."

    @override
    def parameters(self, name: Path) -> ServiceParameters:
        return self

    @override
    def classifiers(self) -> list[ClassifierConfig]:
        return [self.response_classifier] if "responseClassifier" in self.places else []
