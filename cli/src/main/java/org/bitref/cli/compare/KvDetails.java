package org.bitref.cli.compare;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bitref.cli.console.Lines;
import org.bitref.cli.console.Markup;

/**
 * What is asked about KV caches besides their layers.
 *
 * @param tokens empty without {@code --token-block}
 * @param nearest empty without {@code --nearest}
 */
record KvDetails(Optional<KvTokens> tokens, Optional<Nearest> nearest) {
  static final KvDetails NONE = new KvDetails(Optional.empty(), Optional.empty());

  void json(Map<String, Object> json) {
    tokens.ifPresent(blocks -> json.put("kv_tokens", blocks));
    nearest.ifPresent(which -> json.put("kv_nearest", which));
  }

  void tables(Map<String, List<?>> tables) {
    tables.put("tokens", tokens.map(KvTokens::rows).orElse(List.of()));
    tables.put("nearest", nearest.map(Nearest::rows).orElse(List.of()));
  }

  void html(Markup page) {
    tokens.ifPresent(
        blocks -> {
          page.element("h3", "KV cache along the tokens");
          page.element("p", KvTokensText.summary(blocks));
          KvTokensText.blocks(blocks, Integer.MAX_VALUE).html(page);
          KvTokensText.heads(blocks, "k").forEach(heads -> heads.html(page));
          KvTokensText.heads(blocks, "v").forEach(heads -> heads.html(page));
        });
    nearest.ifPresent(
        which -> {
          page.element("h3", "KV cache A against each reference");
          page.element("p", NearestText.verdict(which));
          NearestText.rows(which).html(page);
          NearestText.layers(which).forEach(layers -> layers.html(page));
        });
  }

  void text(Lines text, boolean inFull) {
    tokens.ifPresent(blocks -> KvTokensText.write(text, blocks, inFull));
    nearest.ifPresent(which -> NearestText.write(text, which, inFull));
  }
}
