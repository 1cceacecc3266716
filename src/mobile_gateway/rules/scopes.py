"""What a member of staff may act on: roles with their scope (PRODUCT.md §12).

What is out of scope is answered as NOT_FOUND, never as forbidden: nobody learns of what is not theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

from mobile_gateway.rules.words import StaffRole


@dataclass(frozen=True, slots=True)
class Grants:
    """The staff roles that a person holds now. Regions are GB/T 2260 codes."""

    schools: frozenset[int] = frozenset()
    counties: frozenset[int] = frozenset()
    is_support: bool = False
    is_platform: bool = False

    def over_school(self, school_id: int, county_id: int) -> StaffRole | None:
        """The nearest role whose scope holds this school; None when it is out of scope."""
        if school_id in self.schools:
            return StaffRole.SCHOOL_ADMIN
        return self.over_county(county_id)

    def over_county(self, county_id: int) -> StaffRole | None:
        """The nearest role whose scope holds this county; None when it is out of scope."""
        if county_id in self.counties:
            return StaffRole.COUNTY_ADMIN
        return StaffRole.PLATFORM_ADMIN if self.is_platform else None
