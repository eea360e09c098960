// Gemini's embeddings: POST /v1beta/models/{model}:embedContent and :batchEmbedContents. A provider
// of the same protocol gets the bytes as they came; every other embedding model gets the texts, of
// contents of one text each, and its vectors are written as this protocol does. See ../surface.h.
#pragma once

#include "gateway/gemini/request.h"
#include "gateway/surface.h"

namespace tandem::gateway::gemini {

class EmbedSurface final : public Surface {
 public:
  explicit EmbedSurface(Method method) : method_(method) {}  // Embed or BatchEmbed
  Result<Call> read(net::Exchange& exchange) const override;
  const messages::Dialect* dialect() const override;
  Result<Rendered> render(const Call& call, AttemptResult& result, const std::string& endpoint,
                          OutputGate* gate) const override;
  Result<Call> probe(std::string_view text) const override;

 private:
  Method method_;
};

}  // namespace tandem::gateway::gemini
