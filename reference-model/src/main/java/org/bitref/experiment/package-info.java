/** Precision hypotheses: every stage under every recipe of an experiment, and who explains what. */
package org.bitref.experiment;
