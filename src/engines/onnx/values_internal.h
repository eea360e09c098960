// Our Tensors to ONNX Runtime's values and back. For the .cc files of this folder. Pure but for
// the allocations that it asks ORT for; any thread.
#pragma once

#include "engines/onnx/api_internal.h"
#include "engines/onnx/runtime.h"
#include "engines/tensor.h"

namespace tandem::engines::onnx {

// Numbers are borrowed from `tensor`, which must outlive the value; strings are copied.
Result<Handle<OrtValue>> to_value(const Library& library, const OrtMemoryInfo* memory,
                                  std::string_view model, const Tensor& tensor);

// Copies `value`, a tensor or a sequence of maps, into a tensor named `info.name`. Where `classes`
// is given, the columns of a sequence of maps are named there.
Result<Tensor> from_value(const Library& library, std::string_view model, const TensorInfo& info,
                          const OrtValue* value, std::vector<std::string>* classes = nullptr);

// Type and shape of a graph input or output. nullopt: a kind of value that we do not serve, and
// `what` says which.
std::optional<TensorInfo> to_info(const OrtApi& api, const OrtTypeInfo* info, std::string& what);

}  // namespace tandem::engines::onnx
