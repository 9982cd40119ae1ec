"""A world -> its picture: every resource drawn, children over the lists of their parents, associations last."""

from __future__ import annotations

from flowspec.terraform.azapi import draw_azapi
from flowspec.terraform.balancers import draw_balancers
from flowspec.terraform.gateways import draw_admin_rules, draw_gateways
from flowspec.terraform.machines import (
    draw_nic_associations,
    draw_nics,
    draw_private_endpoints,
    draw_public_ips,
    draw_scale_sets,
    draw_vms,
)
from flowspec.terraform.networks import draw_peerings, draw_subnet_associations, draw_subnets, draw_tables, draw_vnets
from flowspec.terraform.picture import Picture
from flowspec.terraform.rules import draw_groups, draw_nsgs, draw_rules
from flowspec.terraform.world import World


def draw(world: World, gone: frozenset[str] = frozenset()) -> Picture:
    """`gone`: keys of the ids of children that are no more, although refreshed lists of their parents may have them."""
    picture = Picture()
    draw_azapi(world, picture)
    draw_groups(world, picture)
    draw_nsgs(world, picture)
    draw_rules(world, picture, gone)
    draw_vnets(world, picture)
    draw_subnets(world, picture, gone)
    draw_tables(world, picture, gone)
    draw_peerings(world, picture)
    draw_nics(world, picture, gone)
    draw_vms(world, picture)
    draw_private_endpoints(world, picture)
    draw_public_ips(world, picture)
    draw_balancers(world, picture)
    draw_subnet_associations(world, picture)
    draw_nic_associations(world, picture)
    draw_scale_sets(world, picture)
    draw_gateways(world, picture)
    draw_admin_rules(world, picture)
    for owner, other in world.paired.items():
        words = f"each {owner} goes with the {other} of its own key: a plan does not show the expression"
        picture.assumptions.setdefault(words, [])
    return picture
