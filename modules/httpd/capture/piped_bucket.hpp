// A bucket whose bytes lie in a pipe: a piece of an answer on its way from the backend's socket to the client's. A
// filter that reads it gets its bytes as from any other bucket; nobody who only counts and passes on brings them into
// memory.
#pragma once

#include "httpd/apache.hpp"

#include "engine/pipe.hpp"

#include <memory>

namespace cxxproxy::httpd {

// `length` bytes, which the pipe holds, no more and no fewer.
apr_bucket* make_piped_bucket(std::unique_ptr<engine::Pipe> pipe, apr_size_t length, apr_bucket_alloc_t* list);

bool is_piped(const apr_bucket* bucket) noexcept;

// Of a piped bucket: the end to take bytes from. Who took some says so with take_from_piped(), which also destroys the
// bucket when it is empty.
int piped_descriptor(const apr_bucket* bucket) noexcept;
void take_from_piped(apr_bucket* bucket, apr_size_t taken) noexcept;

}  // namespace cxxproxy::httpd
