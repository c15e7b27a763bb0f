/** The command synth: checkpoints with made-up weights. */
package org.bitref.cli.synth;
