package org.bitref.cli.compare;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.cli.console.Json;
import org.bitref.compare.LogitsComparison;
import org.bitref.compare.LogitsComparison.Flip;
import org.bitref.compare.verdict.Form;
import org.bitref.compare.verdict.Place;
import org.bitref.compare.verdict.Place.Part;
import org.bitref.compare.verdict.TensorVerdict;

/** Verdicts as fields of JSON objects. */
final class VerdictJson {
  private VerdictJson() {}

  static Map<String, Object> of(String tensor, TensorVerdict verdict) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("verdict", Json.token(verdict.verdict()));
    json.put("place", verdict.place().map(VerdictJson::place));
    json.put("form", verdict.form().map(VerdictJson::form));
    json.put("error_level", verdict.level());
    json.put("error_elsewhere", verdict.elsewhere());
    json.put("reason", VerdictWords.of(tensor, verdict));
    return json;
  }

  private static Map<String, Object> place(Place place) {
    Map<String, Object> json = new LinkedHashMap<>();
    place.layer().ifPresent(layer -> json.put("layer", layer));
    json.put("parts", place.parts().stream().map(VerdictJson::part).toList());
    return json;
  }

  private static Map<String, Object> part(Part part) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("axis", Json.token(part.axis()));
    json.put("runs", part.runs());
    return json;
  }

  static Map<String, Object> form(Form form) {
    Map<String, Object> json = new LinkedHashMap<>();
    switch (form) {
      case Form.Known known -> json.put("is", Json.token(known));
      case Form.Factor(double factor) -> {
        json.put("is", "factor");
        json.put("factor", factor);
      }
      case Form.Offset(double offset) -> {
        json.put("is", "offset");
        json.put("offset", offset);
      }
      case Form.Transposed transposed -> {
        json.put("is", "transposed");
        json.put("axes", List.of(Json.token(transposed.first()), Json.token(transposed.second())));
      }
      case Form.Moved moved -> {
        json.put("is", Json.token(moved.kind()));
        json.put("axis", Json.token(moved.axis()));
        json.put("by", moved.by());
        json.put("from", moved.from());
      }
    }
    return json;
  }

  static Map<String, Object> logits(LogitsComparison logits) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("tokens", logits.tokens());
    json.put("not_numbers", logits.notNumbers());
    json.put("argmax_flips", logits.flips());
    json.put("first_flips", logits.first().stream().map(VerdictJson::flip).toList());
    json.put("ties_a", logits.tiesA());
    json.put("ties_b", logits.tiesB());
    json.put("top_k", logits.k());
    json.put("mean_overlap", logits.meanOverlap());
    json.put("least_overlap", logits.leastOverlap());
    json.put("mean_kl", logits.meanDivergence());
    json.put("max_kl", logits.maxDivergence());
    return json;
  }

  private static Map<String, Object> flip(Flip flip) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("token", flip.row());
    json.put("a", flip.a());
    json.put("b", flip.b());
    json.put("margin_ulp_a", Json.ulps(flip.marginA()));
    json.put("margin_ulp_b", Json.ulps(flip.marginB()));
    return json;
  }
}
