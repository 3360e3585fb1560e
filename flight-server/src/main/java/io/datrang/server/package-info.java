package io.datrang.server;
