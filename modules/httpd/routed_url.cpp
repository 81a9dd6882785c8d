#include "httpd/routed_url.hpp"

namespace cxxproxy::httpd {
namespace {

struct Notes {
  const Mapping* mapping = nullptr;
  const Origin* origin = nullptr;
  std::string_view filename;  // as it was when `origin` was noted
};

Notes* notes_of(const request_rec* r) noexcept {
  return static_cast<Notes*>(ap_get_module_config(r->request_config, &cxxproxy_module));
}

Notes& new_or_old_notes(request_rec* r) {
  if (Notes* notes = notes_of(r)) return *notes;
  Notes& notes = make_in<Notes>(r->pool);
  ap_set_module_config(r->request_config, &cxxproxy_module, &notes);
  return notes;
}

}  // namespace

void note_mapping(request_rec* r, const Mapping& mapping) { new_or_old_notes(r).mapping = &mapping; }

const Mapping* noted_mapping(const request_rec* r) noexcept {
  const Notes* notes = notes_of(r);
  return notes ? notes->mapping : nullptr;
}

void note_canonical_url(request_rec* r, const Origin* origin) {
  Notes& notes = new_or_old_notes(r);
  notes.origin = origin;
  notes.filename = r->filename;
}

const Origin* noted_origin(const request_rec* r) noexcept {
  const Notes* notes = notes_of(r);
  const bool same = notes && r->filename == notes->filename.data() && strlen(r->filename) == notes->filename.size();
  return same ? notes->origin : nullptr;
}

}  // namespace cxxproxy::httpd
