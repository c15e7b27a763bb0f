/** Web pages that need nothing else: markup, the style sheet, and the drawings of reports. */
package org.bitref.cli.html;
