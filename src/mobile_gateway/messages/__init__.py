"""Every text for people, in zh-CN and en, keyed by refusal or notification kind."""
