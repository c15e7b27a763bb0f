/** What drift two correct systems have: measured on a model, carried on to other sizes. */
package org.bitref.predict;
