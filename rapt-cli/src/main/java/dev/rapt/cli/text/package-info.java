/** What the commands that read or generate text share: input, results, statistics. */
package dev.rapt.cli.text;
