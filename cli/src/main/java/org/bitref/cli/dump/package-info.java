/** Dumps under the names of the plan: aliases, order of stages, inputs. */
package org.bitref.cli.dump;
