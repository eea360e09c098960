#include "base/async/cancel.h"

#include <utility>

namespace tandem {

CancelSource::~CancelSource() {
  while (first_) first_->unlink();
}

void CancelSource::fire() {
  if (fired_) return;
  fired_ = true;
  while (CancelCallback* callback = first_) {
    callback->unlink();
    callback->function_();
  }
}

CancelCallback::CancelCallback(CancelSource& source, std::function<void()> function)
    : source_(&source), function_(std::move(function)) {
  if (source.fired_) {
    source_ = nullptr;
    function_();
    return;
  }
  next_ = source.first_;
  if (next_) next_->previous_ = this;
  source.first_ = this;
}

CancelCallback::~CancelCallback() {
  unlink();
}

void CancelCallback::unlink() {
  if (!source_) return;
  if (previous_)
    previous_->next_ = next_;
  else
    source_->first_ = next_;
  if (next_) next_->previous_ = previous_;
  previous_ = next_ = nullptr;
  source_ = nullptr;
}

}  // namespace tandem
