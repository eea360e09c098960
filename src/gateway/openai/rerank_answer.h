// What a ranking that was made inside the process looks like to clients of Cohere's and of Jina's
// rerank API, which share the list and differ around it. Pure.
#pragma once

#include <string>

#include "gateway/call.h"
#include "gateway/target.h"

namespace tandem::gateway::openai {

std::string write_ranking(const Call& call, const LocalRanking& ranking,
                          const std::string& endpoint);

// Search units as Cohere counts them: one for each hundred documents. 0 for other kinds.
int64_t billed_units(const Call& call);

}  // namespace tandem::gateway::openai
