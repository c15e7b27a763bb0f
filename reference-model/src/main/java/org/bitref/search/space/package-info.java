/**
 * The hypotheses that recipes are looked for among, each kind once: those of captured stages, and
 * those that fit what a probed device answered. The usual ones come first.
 */
package org.bitref.search.space;
