// Budgets and prices as the API shows them. Pure.
#pragma once

#include <optional>
#include <span>

#include "base/json/writer.h"
#include "cost/budget_service.h"
#include "cost/price_service.h"
#include "cost/stored_settings.h"

namespace tandem::cost {

// One budget: {id, name, project, scope, scope_id, period, nano_usd, hard, alerts, limit_nano_usd,
// settled_nano_usd, reserved_nano_usd, left_nano_usd, starts_at, resets_at, declared_by,
// created_at, updated_at, version}. What belongs to a limit is null where `status` has none.
void write_budget(json::Writer& json, const BudgetStatus& status,
                  const std::optional<DeclaredBudget>& declared);
// One scope: its first limit (month before day before total) as above, and `periods` with all
// three.
void write_scope(json::Writer& json, std::span<const BudgetStatus> periods,
                 std::span<const std::optional<DeclaredBudget>> declared);

// {id, name, model, <rates>, long_context, declared_by, created_at, updated_at, version}
void write_price_entry(json::Writer& json, const stored_settings::StoredPriceEntry& entry);
void write_price(json::Writer& json, const ListedPrice& price, WallUs at_us);

}  // namespace tandem::cost
