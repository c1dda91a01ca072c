"""The tenant of an API key, as FastAPI does it: the same row, the same check of the key."""

import hashlib
import hmac
import os
import sys
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import APIKeyHeader
from pydantic import BaseModel

PEPPER = os.environ["PEPPER"].encode()
TENANT_OF_HASH = {os.environ["KEY_HASH"]: os.environ["TENANT_ID"]}
SQL = """
SELECT p.tenant_id, p.display_name, p.status, s.plan, p.time_zone, p.created_at
FROM tenants.tenant_profiles p JOIN tenants.tenant_subscriptions s USING (tenant_id)
WHERE p.tenant_id = $1
"""


class Tenant(BaseModel):
    tenant_id: str
    display_name: str
    status: str
    plan: str
    time_zone: str
    created_at: datetime


@asynccontextmanager
async def lifespan(app: FastAPI):
    async def see_all(connection):
        await connection.execute("SELECT set_config('convergence.tenant_id', '*', false)")

    async with asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=10, max_size=10, setup=see_all
    ) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)
header = APIKeyHeader(name="X-API-Key")


def tenant_of(key: str = Depends(header)) -> str:
    found = hmac.new(PEPPER, key.encode(), hashlib.sha256).hexdigest()
    tenant = TENANT_OF_HASH.get(found)
    if tenant is None:
        raise HTTPException(status_code=401)
    return tenant


@app.get("/api/v1/tenants/me", response_model=Tenant)
async def me(request: Request, tenant: str = Depends(tenant_of)):
    row = await request.app.state.pool.fetchrow(SQL, tenant)
    return dict(row)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
