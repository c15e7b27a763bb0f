package org.bitref.recipe;

/**
 * A GEMM recipe that has a name.
 *
 * @param name for example {@code hopper-f16-f32acc}
 * @param recipe what it stands for
 * @param evidence one sentence: what shows that the hardware or the library does this
 */
public record GemmPreset(String name, GemmRecipe recipe, String evidence) {}
