"""Commands `motcua regions`: serve national figures, and write the maps of the proxy. They need no database."""

import asyncio
from pathlib import Path
from typing import Annotated

import httpx
import typer

from app.http.certificates import trust
from app.http.server import serve
from app.regions.maps import Maps, maps_of, public_units
from app.settings import Settings, regions_of


def region_commands() -> typer.Typer:
    """Builds the commands."""
    commands = typer.Typer(help="Several registers, one for each region (MOTCUA_REGIONS).", no_args_is_help=True)

    @commands.command("serve")
    def serve_national_figures(
        host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
        port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8100,
    ) -> None:
        """Serve national figures, as sums of the regions' public figures."""
        settings = _settings()
        serve(settings, host=host, port=port, workers=1, application="app.regions.application:create_app")

    @commands.command("maps")
    def write_maps(
        folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder of the proxy's files.")],
    ) -> None:
        """Write the proxy's maps of province parts and of units, from the regions' public lists of units."""
        maps = asyncio.run(_maps(_settings()))
        maps.write(folder)
        typer.echo(f"{len(maps.provinces)} province parts and {len(maps.units)} units were written.")
        for code, regions in maps.shared.items():
            typer.echo(f"The unit code {code} is in {' and '.join(regions)} and was left out.", err=True)

    return commands


def _settings() -> Settings:
    settings = Settings()
    if not settings.regions:
        raise typer.BadParameter("MOTCUA_REGIONS names no region.")
    return settings


async def _maps(settings: Settings) -> Maps:
    units = {}
    async with httpx.AsyncClient(
        verify=trust(settings.ca_file).web, trust_env=False, timeout=settings.region_seconds
    ) as http:
        for region, address in regions_of(settings).items():
            try:
                units[region] = await public_units(http, address)
            except httpx.HTTPError as error:
                reason = str(error) or type(error).__name__
                raise OSError(f"The region {region} did not list its units: {reason}. Nothing was written.") from None
    return maps_of(units)
