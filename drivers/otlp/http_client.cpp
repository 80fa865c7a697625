// Brings requests to the reactor's thread, where libcurl works on all of them.
#include "drivers/otlp/http_client.hpp"

#include "drivers/otlp/curl_post.hpp"
#include "drivers/otlp/curl_sockets.hpp"

#include <atomic>
#include <future>
#include <thread>
#include <unordered_map>
#include <utility>

namespace pgmuster {
namespace {

/// Requests under way; exporters have one a sub-queue.
constexpr std::size_t requests_max = 4'096;

/// Lives on the reactor's thread.
class transfers : public std::enable_shared_from_this<transfers> {
public:
  static std::shared_ptr<transfers> make(reactor& reactor) {
    auto made = std::make_shared<transfers>();
    made->sockets_ = curl_sockets::make(reactor, [weak = std::weak_ptr{made}] {
      if (const auto self = weak.lock()) {
        self->collect();
      }
    });
    return made;
  }

  transfers() = default;

  /// Reached with transfers under way only if the reactor is gone already.
  ~transfers() {
    for (const auto& [easy, post] : under_way_) {
      curl_multi_remove_handle(sockets_->multi(), easy);
    }
  }

  transfers(const transfers&) = delete;
  transfers& operator=(const transfers&) = delete;

  void begin(http_request request, std::function<void(export_answer)> done) {
    auto post =
      std::make_unique<curl_post>(std::move(request), std::move(done));
    if (stopped_ || sockets_->multi() == nullptr) {
      post->give_up("the HTTP client is stopped");
      return;
    }
    if (under_way_.size() >= requests_max) {
      post->give_up("too many HTTP requests are under way");
      return;
    }
    if (const std::string wrong = post->prepare(); !wrong.empty()) {
      post->give_up(wrong.c_str());
      return;
    }
    CURL* const easy = post->easy();
    curl_post& added = *post;
    under_way_.emplace(easy, std::move(post));
    if (curl_multi_add_handle(sockets_->multi(), easy) != CURLM_OK) {
      added.give_up("libcurl refuses the request");
      under_way_.erase(easy);
    }
  }

  void stop(std::function<void()> when_gone) {
    if (stopped_) {
      when_gone();
      return;
    }
    stopped_ = true;
    while (!under_way_.empty()) {
      const auto post = take(under_way_.begin()->first);
      post->give_up("the HTTP client was stopped");
    }
    sockets_->close(std::move(when_gone));
  }

private:
  std::unique_ptr<curl_post> take(CURL* easy) {
    curl_multi_remove_handle(sockets_->multi(), easy);
    auto taken = under_way_.extract(easy);
    return std::move(taken.mapped());
  }

  /// Tells of everything that ended; a caller may stop us meanwhile.
  void collect() {
    int left = 0;
    while (sockets_->multi() != nullptr) {
      const CURLMsg* const message =
        curl_multi_info_read(sockets_->multi(), &left);
      if (message == nullptr) {
        return;
      }
      if (message->msg == CURLMSG_DONE) {
        // Removing the handle destroys the message.
        const CURLcode outcome = message->data.result;
        const auto post = take(message->easy_handle);
        post->finish(outcome);
      }
    }
  }

  std::shared_ptr<curl_sockets> sockets_;
  std::unordered_map<CURL*, std::unique_ptr<curl_post>> under_way_;
  bool stopped_ = false;
};

class curl_client final : public http_client {
public:
  explicit curl_client(reactor& on)
    : reactor_(on),
      transfers_(transfers::make(on)),
      thread_(std::make_shared<std::atomic<std::thread::id>>()) {
    reactor_.post([known = thread_] { *known = std::this_thread::get_id(); });
  }

  ~curl_client() override { stop(); }

  curl_client(const curl_client&) = delete;
  curl_client& operator=(const curl_client&) = delete;

  void post(http_request request,
            std::function<void(export_answer)> done) override {
    reactor_.post([to = transfers_, request = std::move(request),
                   done = std::move(done)]() mutable {
      to->begin(std::move(request), std::move(done));
    });
  }

  void stop() override {
    if (std::this_thread::get_id() == thread_->load()) {
      transfers_->stop([] {});
      return;
    }
    auto gone = std::make_shared<std::promise<void>>();
    const std::future<void> waited = gone->get_future();
    reactor_.post([to = transfers_, gone = std::move(gone)] {
      to->stop([gone] { gone->set_value(); });
    });
    // A reactor that was stopped drops the task and with it the promise: that
    // ends the wait too.
    waited.wait();
  }

private:
  reactor& reactor_;
  std::shared_ptr<transfers> transfers_;
  std::shared_ptr<std::atomic<std::thread::id>> thread_;
};

} // namespace

std::unique_ptr<http_client> start_http_client(reactor& reactor) {
  return std::make_unique<curl_client>(reactor);
}

} // namespace pgmuster
