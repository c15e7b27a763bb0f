package org.bitref.recipe;

/**
 * An attention recipe that has a name.
 *
 * @param name for example {@code torch-flash-f16}
 * @param recipe what it stands for: an {@link AttentionRecipe} or a {@link TiledAttentionRecipe}
 * @param evidence one sentence: what shows that the library does this
 */
public record AttentionPreset(String name, StageRecipe recipe, String evidence) {}
