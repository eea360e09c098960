// /api/tandem/v1: endpoints, providers, uploaded models and engines. Thin handlers over
// CatalogService; blocking work goes to the admin pool.
#pragma once

#include "base/async/pool.h"
#include "base/async/snapshot.h"
#include "gateway/catalog/service.h"
#include "gateway/health/checks.h"
#include "gateway/targets/factory.h"
#include "net/route.h"
#include "store/blobs.h"

namespace tandem::gateway {

struct CatalogApi {  // all outlive the routes
  CatalogService& service;
  const Snapshot<Catalog>& catalogs;
  const EngineTargetFactory& factory;
  store::Db& db;
  store::Blobs& blobs;
  Pool& admin;
  const HealthChecks& checks;
};

net::Routes catalog_routes(const CatalogApi& api);

}  // namespace tandem::gateway
