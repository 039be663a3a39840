BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE arms (
	pilot INTEGER NOT NULL, 
	annotator TEXT NOT NULL, 
	arm VARCHAR(1) NOT NULL, 
	stratum INTEGER NOT NULL, 
	"before" FLOAT, 
	assigned_at FLOAT NOT NULL, 
	PRIMARY KEY (pilot, annotator)
);
INSERT INTO "arms" VALUES(1,'8','A',0,0.0415,1699503240.0);
INSERT INTO "arms" VALUES(1,'7','B',0,0.0664,1699503240.0);
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	project INTEGER NOT NULL, 
	at FLOAT NOT NULL, 
	what VARCHAR(32) NOT NULL, 
	detail JSON NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,1,1699500000.0,'attached','{"contract": "test-1", "routing": "panel"}');
INSERT INTO "audit" VALUES(2,1,1699503240.0,'settlement approved','{"settlement": 1, "by": "user1@example.com"}');
INSERT INTO "audit" VALUES(3,1,1699503240.0,'pilot started','{"pilot": "spring", "by": "user1@example.com"}');
INSERT INTO "audit" VALUES(4,1000,1699503720.0,'attached','{"contract": "test-1", "routing": "aimed"}');
INSERT INTO "audit" VALUES(5,1000,1699504200.0,'detached','{"seeds": 2}');
CREATE TABLE cards (
	project INTEGER NOT NULL, 
	annotator TEXT NOT NULL, 
	card JSON NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	changed_at FLOAT NOT NULL, 
	written VARCHAR(64), 
	task INTEGER, 
	PRIMARY KEY (project, annotator)
);
INSERT INTO "cards" VALUES(1,'7','{"annotator": "7", "judgments": 31, "retests": 9, "self_consistency": {"value": 0.3333, "low": 0.1317, "high": 0.604, "n": 9}, "weighted_consistency": {"value": 0.3333, "low": 0.1317, "high": 0.604, "n": 9}, "kappa": {"value": -0.8452, "low": -1.4034, "high": -0.0962, "n": 9}, "gold": {"value": 0.8333, "low": 0.5055, "high": 0.9698, "n": 6}, "position_bias": {"value": 1.0, "low": 0.8808, "high": 1.0, "n": 31}, "attentiveness": {"value": 0.0411, "low": 0.001, "high": 0.1767, "n": 15}, "anchor": "gold", "reputation": {"value": 4.1061, "low": 0.1012, "high": 17.6723, "n": 15}, "standing": "learning", "bonus_minor": 0, "settled_minor": 185, "currency": "EUR", "reasons": ["reputation: 3 of 9 repeated items the same: lowers it by 25", "reputation: 5 of 6 known answers chosen: leaves it as it is", "bonus: attentiveness 0.5053 between 0.5 (nothing) and 0.95 (full): 4 judgments x 10 x 0.0118 = 0 EUR minor units"]}','177d33a6f046821ddbcfd223c09b76e19afcf6a67d8aa38f815be67be684b6a5',1699503720.0,'177d33a6f046821ddbcfd223c09b76e19afcf6a67d8aa38f815be67be684b6a5',NULL);
INSERT INTO "cards" VALUES(1,'8','{"annotator": "8", "judgments": 31, "retests": 9, "self_consistency": {"value": 0.3333, "low": 0.1317, "high": 0.604, "n": 9}, "weighted_consistency": {"value": 0.3333, "low": 0.1317, "high": 0.604, "n": 9}, "kappa": {"value": -0.8452, "low": -1.4034, "high": -0.0962, "n": 9}, "gold": {"value": 0.1667, "low": 0.0302, "high": 0.4945, "n": 6}, "position_bias": {"value": -1.0, "low": -1.0, "high": -0.8808, "n": 31}, "attentiveness": {"value": 0.0291, "low": 0.0009, "high": 0.1231, "n": 15}, "anchor": "gold", "reputation": {"value": 2.9068, "low": 0.0916, "high": 12.308, "n": 15}, "standing": "learning", "bonus_minor": 0, "settled_minor": 135, "currency": "EUR", "reasons": ["reputation: 3 of 9 repeated items the same: lowers it by 3", "reputation: 1 of 6 known answers chosen: lowers it by 2", "bonus: attentiveness 0.3809 between 0.5 (nothing) and 0.95 (full): 5 judgments x 10 x 0.0000 = 0 EUR minor units"]}','e464e3b19cf9caf340e63d5c512a90d845f3e3ad79a89fa75bbdea811bdeabdb',1699503720.0,'e464e3b19cf9caf340e63d5c512a90d845f3e3ad79a89fa75bbdea811bdeabdb',NULL);
INSERT INTO "cards" VALUES(1000,'7','{"annotator": "7", "judgments": 8, "retests": 2, "self_consistency": {"value": 1.0, "low": 0.4307, "high": 1.0, "n": 2}, "weighted_consistency": {"value": 1.0, "low": 0.4307, "high": 1.0, "n": 2}, "kappa": {"value": null, "low": null, "high": null, "n": 2}, "gold": {"value": null, "low": null, "high": null, "n": 0}, "position_bias": {"value": 1.0, "low": 0.585, "high": 1.0, "n": 8}, "attentiveness": {"value": null, "low": null, "high": null, "n": 2}, "anchor": "none", "reputation": {"value": 72.1635, "low": 4.5423, "high": 99.7884, "n": 2}, "standing": "new", "bonus_minor": 0, "settled_minor": 0, "currency": "EUR", "reasons": ["gold: no gold item answered yet", "attentiveness: no gold item and no q given, so its scale is not known; the reputation rests on a lower bound", "reputation: 2 of 2 repeated items the same: raises your reputation by 14", "bonus: 2 of 4 monitored answers needed, attentiveness not known yet: 8 judgments x 0 = 0 EUR minor units"]}','691708125862be2a2fb97025d740314aeae9d79b6af70b5a1658d402e72090ed',1699504200.0,NULL,NULL);
CREATE TABLE disputes (
	id INTEGER NOT NULL, 
	project INTEGER NOT NULL, 
	entry INTEGER NOT NULL, 
	annotator TEXT NOT NULL, 
	text TEXT NOT NULL, 
	at FLOAT NOT NULL, 
	resolution TEXT, 
	minor BIGINT, 
	resolved_by TEXT, 
	resolved_at FLOAT, 
	PRIMARY KEY (id)
);
INSERT INTO "disputes" VALUES(1,1,1,'7','a pair came twice',1699503240.0,'you are right',50,'user1@example.com',1699503240.0);
INSERT INTO "disputes" VALUES(2,1,2,'8','still open',1699503240.0,NULL,NULL,NULL,NULL);
CREATE TABLE exports (
	id INTEGER NOT NULL, 
	project INTEGER NOT NULL, 
	settlement INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	form VARCHAR(16) NOT NULL, 
	total_minor BIGINT NOT NULL, 
	at FLOAT NOT NULL, 
	"by" TEXT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (settlement, number)
);
INSERT INTO "exports" VALUES(1,1,1,1,'csv',270,1699503240.0,'user1@example.com');
CREATE TABLE gold (
	project INTEGER NOT NULL, 
	item VARCHAR(20) NOT NULL, 
	preferred INTEGER NOT NULL, 
	explanation TEXT NOT NULL, 
	slice TEXT, 
	data JSON NOT NULL, answer TEXT, 
	PRIMARY KEY (project, item)
);
INSERT INTO "gold" VALUES(1,'345ffdfdea23995d7f46',1,'because 0','s0','{"prompt": "question 100", "response_a": "answer 100", "response_b": "reply 100", "slice": "s0"}',NULL);
INSERT INTO "gold" VALUES(1,'88c58dec7cea50c2333e',-1,'because 1','s0','{"prompt": "question 101", "response_a": "answer 101", "response_b": "reply 101", "slice": "s0"}',NULL);
INSERT INTO "gold" VALUES(1,'a4146a9eead715cce4d9',1,'because 2','s0','{"prompt": "question 102", "response_a": "answer 102", "response_b": "reply 102", "slice": "s0"}',NULL);
INSERT INTO "gold" VALUES(1,'be397bf5bdb881b82c39',-1,'because 3','s0','{"prompt": "question 103", "response_a": "answer 103", "response_b": "reply 103", "slice": "s0"}',NULL);
INSERT INTO "gold" VALUES(1,'a2a90a41b9d916b485c4',1,'because 4','s0','{"prompt": "question 104", "response_a": "answer 104", "response_b": "reply 104", "slice": "s0"}',NULL);
INSERT INTO "gold" VALUES(1,'21c2314fd993b84ac683',-1,'because 5','s0','{"prompt": "question 105", "response_a": "answer 105", "response_b": "reply 105", "slice": "s0"}',NULL);
INSERT INTO "gold" VALUES(1000,'345ffdfdea23995d7f46',1,'because 0','s0','{"prompt": "question 100", "response_a": "answer 100", "response_b": "reply 100", "slice": "s0"}',NULL);
INSERT INTO "gold" VALUES(1000,'88c58dec7cea50c2333e',-1,'because 1','s0','{"prompt": "question 101", "response_a": "answer 101", "response_b": "reply 101", "slice": "s0"}',NULL);
INSERT INTO "gold" VALUES(1000,'a4146a9eead715cce4d9',1,'because 2','s0','{"prompt": "question 102", "response_a": "answer 102", "response_b": "reply 102", "slice": "s0"}',NULL);
INSERT INTO "gold" VALUES(1000,'be397bf5bdb881b82c39',-1,'because 3','s0','{"prompt": "question 103", "response_a": "answer 103", "response_b": "reply 103", "slice": "s0"}',NULL);
CREATE TABLE inbox (
	id INTEGER NOT NULL, 
	"key" VARCHAR(64) NOT NULL, 
	project INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	received_at FLOAT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	error TEXT, 
	PRIMARY KEY (id), 
	UNIQUE ("key")
);
INSERT INTO "inbox" VALUES(1,'0acf521152586cddcc52c690c503d4e17b1178145b669e3d21e4a06e407e3cb9',1,'{"action": "ANNOTATION_CREATED", "annotation": {"id": 32, "completed_by": 7, "updated_by": 7, "created_at": "2023-11-09T03:21:00+00:00", "updated_at": "2023-11-09T03:21:00+00:00", "lead_time": 9.0, "was_cancelled": false, "result": [{"from_name": "preference", "to_name": "prompt", "type": "choices", "value": {"choices": ["left"]}}]}, "task": {"id": 2, "data": {"prompt": "question 0", "response_a": "answer 0", "response_b": "reply 0", "slice": "s0"}, "overlap": 2, "project": 1}, "project": {"id": 1, "maximum_annotations": 1, "show_collab_predictions": false, "model_version": "", "title": "Pairs", "label_config": "<View>\n  <Style>\n    .pair-sides { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; align-items: start; }\n    .pair-prompt, .pair-side { border: 1px solid var(--color-neutral-border); border-radius: 8px; padding: 12px 16px; }\n    .pair-prompt { margin-bottom: 16px; background: var(--color-neutral-surface); }\n    .pair-side { max-height: 62vh; overflow: auto; overflow-wrap: anywhere; color: var(--color-neutral-content); }\n    .pair-side pre { overflow-x: auto; white-space: pre; padding: 8px 12px; border-radius: 6px;\n                     background: var(--color-neutral-surface); color: var(--color-neutral-content); }\n    .pair-side code { font-family: monospace !important; }\n    @media (max-width: 900px) { .pair-sides { grid-template-columns: 1fr; } .pair-side { max-height: none; } }\n  </Style>\n  <View className=\"pair-prompt\"><Text name=\"prompt\" value=\"$prompt\"/></View>\n  <View className=\"pair-sides\">\n    <View className=\"pair-side\"><Header size=\"5\" value=\"Response A\"/><Markdown value=\"$response_a\"/></View>\n    <View className=\"pair-side\"><Header size=\"5\" value=\"Response B\"/><Markdown value=\"$response_b\"/></View>\n  </View>\n  <Header size=\"5\" value=\"Which response is better?\"/>\n  <Choices name=\"preference\" toName=\"prompt\" choice=\"single\" showInLine=\"true\" required=\"true\">\n    <Choice value=\"A is better\" alias=\"left\" hotkey=\"1\"/>\n    <Choice value=\"B is better\" alias=\"right\" hotkey=\"2\"/>\n    <Choice value=\"They are equally good\" alias=\"tie\" hotkey=\"3\"/>\n  </Choices>\n</View>\n"}}',1699500060.0,'applied',NULL);
INSERT INTO "inbox" VALUES(2,'19aa50ad0230015a827f19258ad8b19d31180acb51473aa9878b2372cf4ff2b7',1,'{"action": "ANNOTATION_CREATED", "annotation": {"id": 33, "completed_by": 8, "updated_by": 8, "created_at": "2023-11-09T03:22:00+00:00", "updated_at": "2023-11-09T03:22:00+00:00", "lead_time": 9.0, "was_cancelled": false, "result": [{"from_name": "preference", "to_name": "prompt", "type": "choices", "value": {"choices": ["right"]}}]}, "task": {"id": 2, "data": {"prompt": "question 0", "response_a": "answer 0", "response_b": "reply 0", "slice": "s0"}, "overlap": 2, "project": 1}, "project": {"id": 1, "maximum_annotations": 1, "show_collab_predictions": false, "model_version": "", "title": "Pairs", "label_config": "<View>\n  <Style>\n    .pair-sides { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; align-items: start; }\n    .pair-prompt, .pair-side { border: 1px solid var(--color-neutral-border); border-radius: 8px; padding: 12px 16px; }\n    .pair-prompt { margin-bottom: 16px; background: var(--color-neutral-surface); }\n    .pair-side { max-height: 62vh; overflow: auto; overflow-wrap: anywhere; color: var(--color-neutral-content); }\n    .pair-side pre { overflow-x: auto; white-space: pre; padding: 8px 12px; border-radius: 6px;\n                     background: var(--color-neutral-surface); color: var(--color-neutral-content); }\n    .pair-side code { font-family: monospace !important; }\n    @media (max-width: 900px) { .pair-sides { grid-template-columns: 1fr; } .pair-side { max-height: none; } }\n  </Style>\n  <View className=\"pair-prompt\"><Text name=\"prompt\" value=\"$prompt\"/></View>\n  <View className=\"pair-sides\">\n    <View className=\"pair-side\"><Header size=\"5\" value=\"Response A\"/><Markdown value=\"$response_a\"/></View>\n    <View className=\"pair-side\"><Header size=\"5\" value=\"Response B\"/><Markdown value=\"$response_b\"/></View>\n  </View>\n  <Header size=\"5\" value=\"Which response is better?\"/>\n  <Choices name=\"preference\" toName=\"prompt\" choice=\"single\" showInLine=\"true\" required=\"true\">\n    <Choice value=\"A is better\" alias=\"left\" hotkey=\"1\"/>\n    <Choice value=\"B is better\" alias=\"right\" hotkey=\"2\"/>\n    <Choice value=\"They are equally good\" alias=\"tie\" hotkey=\"3\"/>\n  </Choices>\n</View>\n"}}',1699500120.0,'applied',NULL);
INSERT INTO "inbox" VALUES(3,'254f3d753807bd8c861f1ae460ed597ad88c4cbe6028569439dcfb3f220fe24c',1,'{"action": "ANNOTATION_CREATED", "annotation": {"id": 34, "completed_by": 7, "updated_by": 7, "created_at": "2023-11-09T03:23:00+00:00", "updated_at": "2023-11-09T03:23:00+00:00", "lead_time": 9.0, "was_cancelled": false, "result": [{"from_name": "preference", "to_name": "prompt", "type": "choices", "value": {"choices": ["left"]}}]}, "task": {"id": 3, "data": {"prompt": "question 1", "response_a": "answer 1", "response_b": "reply 1", "slice": "s1"}, "overlap": 1, "project": 1}, "project": {"id": 1, "maximum_annotations": 1, "show_collab_predictions": false, "model_version": "", "title": "Pairs", "label_config": "<View>\n  <Style>\n    .pair-sides { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; align-items: start; }\n    .pair-prompt, .pair-side { border: 1px solid var(--color-neutral-border); border-radius: 8px; padding: 12px 16px; }\n    .pair-prompt { margin-bottom: 16px; background: var(--color-neutral-surface); }\n    .pair-side { max-height: 62vh; overflow: auto; overflow-wrap: anywhere; color: var(--color-neutral-content); }\n    .pair-side pre { overflow-x: auto; white-space: pre; padding: 8px 12px; border-radius: 6px;\n                     background: var(--color-neutral-surface); color: var(--color-neutral-content); }\n    .pair-side code { font-family: monospace !important; }\n    @media (max-width: 900px) { .pair-sides { grid-template-columns: 1fr; } .pair-side { max-height: none; } }\n  </Style>\n  <View className=\"pair-prompt\"><Text name=\"prompt\" value=\"$prompt\"/></View>\n  <View className=\"pair-sides\">\n    <View className=\"pair-side\"><Header size=\"5\" value=\"Response A\"/><Markdown value=\"$response_a\"/></View>\n    <View className=\"pair-side\"><Header size=\"5\" value=\"Response B\"/><Markdown value=\"$response_b\"/></View>\n  </View>\n  <Header size=\"5\" value=\"Which response is better?\"/>\n  <Choices name=\"preference\" toName=\"prompt\" choice=\"single\" showInLine=\"true\" required=\"true\">\n    <Choice value=\"A is better\" alias=\"left\" hotkey=\"1\"/>\n    <Choice value=\"B is better\" alias=\"right\" hotkey=\"2\"/>\n    <Choice value=\"They are equally good\" alias=\"tie\" hotkey=\"3\"/>\n  </Choices>\n</View>\n"}}',1699500180.0,'applied',NULL);
INSERT INTO "inbox" VALUES(64,'unreadable',1,'{}',1.0,'held','why');
CREATE TABLE judgments (
	project INTEGER NOT NULL, 
	id VARCHAR(64) NOT NULL, 
	task INTEGER, 
	annotator TEXT, 
	item VARCHAR(20), 
	mirrored BOOLEAN, 
	slice TEXT, 
	at FLOAT, 
	lead_time FLOAT, 
	preference INTEGER, 
	updated FLOAT, 
	latest INTEGER, 
	latest_updated FLOAT, 
	interference TEXT, 
	deleted_at FLOAT, 
	via VARCHAR(16) NOT NULL, answer TEXT, latest_answer TEXT, stamp INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (project, id)
);
INSERT INTO "judgments" VALUES(1,'32',2,'7','bf7eeb73b01a8c782f8f',0,'s0',1699500060.0,9.0,1,1699500060.0,0,1699503240.0,'changed later by somebody else',NULL,'event',NULL,NULL,55);
INSERT INTO "judgments" VALUES(1,'33',2,'8','bf7eeb73b01a8c782f8f',0,'s0',1699500120.0,9.0,-1,1699500120.0,-1,1699500120.0,NULL,NULL,'event',NULL,NULL,2);
INSERT INTO "judgments" VALUES(1,'34',3,'7','cd3006c0865bec323aa6',0,'s1',1699500180.0,9.0,1,1699500180.0,1,1699500180.0,NULL,NULL,'event',NULL,NULL,3);
INSERT INTO "judgments" VALUES(1,'35',3,'8','cd3006c0865bec323aa6',0,'s1',1699500240.0,9.0,-1,1699500240.0,-1,1699500240.0,NULL,NULL,'event',NULL,NULL,4);
INSERT INTO "judgments" VALUES(1,'36',4,'7','29b93d59ce898b17c50c',0,'s0',1699500300.0,9.0,1,1699500300.0,1,1699500300.0,NULL,NULL,'event',NULL,NULL,5);
INSERT INTO "judgments" VALUES(1,'37',4,'8','29b93d59ce898b17c50c',0,'s0',1699500360.0,9.0,-1,1699500360.0,-1,1699500360.0,NULL,NULL,'event',NULL,NULL,6);
INSERT INTO "judgments" VALUES(1,'38',5,'7','9527e540705021df1499',0,'s1',1699500420.0,9.0,1,1699500420.0,1,1699500420.0,NULL,NULL,'event',NULL,NULL,7);
INSERT INTO "judgments" VALUES(1,'39',5,'8','9527e540705021df1499',0,'s1',1699500480.0,9.0,-1,1699500480.0,-1,1699500480.0,NULL,NULL,'event',NULL,NULL,8);
INSERT INTO "judgments" VALUES(1,'40',6,'7','23ec2cb00d490b29843e',0,'s0',1699500540.0,9.0,1,1699500540.0,1,1699500540.0,NULL,NULL,'event',NULL,NULL,9);
INSERT INTO "judgments" VALUES(1,'41',6,'8','23ec2cb00d490b29843e',0,'s0',1699500600.0,9.0,-1,1699500600.0,-1,1699500600.0,NULL,NULL,'event',NULL,NULL,10);
INSERT INTO "judgments" VALUES(1,'42',7,'7','bd2e972eab392094b11e',0,'s1',1699500660.0,9.0,1,1699500660.0,1,1699500660.0,NULL,NULL,'event',NULL,NULL,11);
INSERT INTO "judgments" VALUES(1,'43',7,'8','bd2e972eab392094b11e',0,'s1',1699500720.0,9.0,-1,1699500720.0,-1,1699500720.0,NULL,NULL,'event',NULL,NULL,12);
INSERT INTO "judgments" VALUES(1,'44',8,'7','80e33c1db8b2a9673301',0,'s0',1699500780.0,9.0,1,1699500780.0,1,1699500780.0,NULL,NULL,'event',NULL,NULL,13);
INSERT INTO "judgments" VALUES(1,'45',8,'8','80e33c1db8b2a9673301',0,'s0',1699500840.0,9.0,-1,1699500840.0,-1,1699500840.0,NULL,NULL,'event',NULL,NULL,14);
INSERT INTO "judgments" VALUES(1,'46',9,'7','e5fee8b51e9eca436e93',0,'s1',1699500900.0,9.0,1,1699500900.0,1,1699500900.0,NULL,NULL,'event',NULL,NULL,15);
INSERT INTO "judgments" VALUES(1,'47',9,'8','e5fee8b51e9eca436e93',0,'s1',1699500960.0,9.0,-1,1699500960.0,-1,1699500960.0,NULL,NULL,'event',NULL,NULL,16);
INSERT INTO "judgments" VALUES(1,'48',10,'7','e58a8dab8b66d17ebe3e',0,'s0',1699501020.0,9.0,1,1699501020.0,1,1699501020.0,NULL,NULL,'event',NULL,NULL,17);
INSERT INTO "judgments" VALUES(1,'49',10,'8','e58a8dab8b66d17ebe3e',0,'s0',1699501080.0,9.0,-1,1699501080.0,-1,1699501080.0,NULL,NULL,'event',NULL,NULL,18);
INSERT INTO "judgments" VALUES(1,'50',11,'7','2367b7ad24763ddcf174',0,'s1',1699501140.0,9.0,1,1699501140.0,1,1699501140.0,NULL,NULL,'event',NULL,NULL,19);
INSERT INTO "judgments" VALUES(1,'51',11,'8','2367b7ad24763ddcf174',0,'s1',1699501200.0,9.0,-1,1699501200.0,-1,1699501200.0,NULL,NULL,'event',NULL,NULL,20);
INSERT INTO "judgments" VALUES(1,'52',12,'7','a2c04665af970be805e6',0,'s0',1699501260.0,9.0,1,1699501260.0,1,1699501260.0,NULL,NULL,'event',NULL,NULL,21);
INSERT INTO "judgments" VALUES(1,'53',12,'8','a2c04665af970be805e6',0,'s0',1699501320.0,9.0,-1,1699501320.0,-1,1699501320.0,NULL,NULL,'event',NULL,NULL,22);
INSERT INTO "judgments" VALUES(1,'54',13,'7','774678f30cc7fbac5188',0,'s1',1699501380.0,9.0,1,1699501380.0,1,1699501380.0,NULL,NULL,'event',NULL,NULL,23);
INSERT INTO "judgments" VALUES(1,'55',13,'8','774678f30cc7fbac5188',0,'s1',1699501440.0,9.0,-1,1699501440.0,-1,1699501440.0,NULL,NULL,'event',NULL,NULL,24);
INSERT INTO "judgments" VALUES(1,'56',14,'7','cafebb1b0fa19b7aad51',0,'s0',1699501500.0,9.0,1,1699501500.0,1,1699501500.0,NULL,NULL,'event',NULL,NULL,25);
INSERT INTO "judgments" VALUES(1,'57',14,'8','cafebb1b0fa19b7aad51',0,'s0',1699501560.0,9.0,-1,1699501560.0,-1,1699501560.0,NULL,NULL,'event',NULL,NULL,26);
INSERT INTO "judgments" VALUES(1,'58',15,'7','a32f1233a4db928b0dbe',0,'s1',1699501620.0,9.0,1,1699501620.0,1,1699501620.0,NULL,NULL,'event',NULL,NULL,27);
INSERT INTO "judgments" VALUES(1,'59',15,'8','a32f1233a4db928b0dbe',0,'s1',1699501680.0,9.0,-1,1699501680.0,-1,1699501680.0,NULL,NULL,'event',NULL,NULL,28);
INSERT INTO "judgments" VALUES(1,'60',16,'7','10ea64f14915da6da7a3',0,'s0',1699501740.0,9.0,1,1699501740.0,1,1699501740.0,NULL,NULL,'event',NULL,NULL,29);
INSERT INTO "judgments" VALUES(1,'61',16,'8','10ea64f14915da6da7a3',0,'s0',1699501800.0,9.0,-1,1699501800.0,-1,1699501800.0,NULL,NULL,'event',NULL,NULL,30);
INSERT INTO "judgments" VALUES(1,'62',17,'7','856d36d3e5573b54ac1c',0,'s1',1699501860.0,9.0,1,1699501860.0,1,1699501860.0,NULL,NULL,'event',NULL,NULL,31);
INSERT INTO "judgments" VALUES(1,'63',17,'8','856d36d3e5573b54ac1c',0,'s1',1699501920.0,9.0,-1,1699501920.0,-1,1699501920.0,NULL,NULL,'event',NULL,NULL,32);
INSERT INTO "judgments" VALUES(1,'64',21,'7','345ffdfdea23995d7f46',0,'s0',1699501980.0,9.0,1,1699501980.0,1,1699501980.0,NULL,NULL,'event',NULL,NULL,33);
INSERT INTO "judgments" VALUES(1,'65',21,'8','345ffdfdea23995d7f46',0,'s0',1699502040.0,9.0,-1,1699502040.0,-1,1699502040.0,NULL,NULL,'event',NULL,NULL,34);
INSERT INTO "judgments" VALUES(1,'66',22,'7','21c2314fd993b84ac683',1,'s0',1699502100.0,9.0,-1,1699502100.0,-1,1699502100.0,NULL,NULL,'event',NULL,NULL,35);
INSERT INTO "judgments" VALUES(1,'67',22,'8','21c2314fd993b84ac683',1,'s0',1699502160.0,9.0,1,1699502160.0,1,1699502160.0,NULL,NULL,'event',NULL,NULL,36);
INSERT INTO "judgments" VALUES(1,'68',23,'7','a4146a9eead715cce4d9',0,'s0',1699502220.0,9.0,1,1699502220.0,1,1699502220.0,NULL,NULL,'event',NULL,NULL,37);
INSERT INTO "judgments" VALUES(1,'69',23,'8','a4146a9eead715cce4d9',0,'s0',1699502280.0,9.0,-1,1699502280.0,-1,1699502280.0,NULL,NULL,'event',NULL,NULL,38);
INSERT INTO "judgments" VALUES(1,'70',25,'7','a2a90a41b9d916b485c4',0,'s0',1699502340.0,9.0,1,1699502340.0,1,1699502340.0,NULL,NULL,'event',NULL,NULL,39);
INSERT INTO "judgments" VALUES(1,'71',25,'8','a2a90a41b9d916b485c4',0,'s0',1699502400.0,9.0,-1,1699502400.0,-1,1699502400.0,NULL,NULL,'event',NULL,NULL,40);
INSERT INTO "judgments" VALUES(1,'72',26,'7','be397bf5bdb881b82c39',1,'s0',1699502460.0,9.0,-1,1699502460.0,-1,1699502460.0,NULL,NULL,'event',NULL,NULL,41);
INSERT INTO "judgments" VALUES(1,'73',26,'8','be397bf5bdb881b82c39',1,'s0',1699502520.0,9.0,1,1699502520.0,1,1699502520.0,NULL,NULL,'event',NULL,NULL,42);
INSERT INTO "judgments" VALUES(1,'74',27,'7','88c58dec7cea50c2333e',0,'s0',1699502580.0,9.0,1,1699502580.0,1,1699502580.0,NULL,NULL,'event',NULL,NULL,43);
INSERT INTO "judgments" VALUES(1,'75',27,'8','88c58dec7cea50c2333e',0,'s0',1699502640.0,9.0,-1,1699502640.0,-1,1699502640.0,NULL,NULL,'event',NULL,NULL,44);
INSERT INTO "judgments" VALUES(1,'76',24,'7','e58a8dab8b66d17ebe3e',1,'s0',1699502700.0,9.0,-1,1699502700.0,-1,1699502700.0,NULL,NULL,'event',NULL,NULL,45);
INSERT INTO "judgments" VALUES(1,'77',24,'8','e58a8dab8b66d17ebe3e',1,'s0',1699502760.0,9.0,1,1699502760.0,1,1699502760.0,NULL,NULL,'event',NULL,NULL,46);
INSERT INTO "judgments" VALUES(1,'78',28,'7','774678f30cc7fbac5188',1,'s1',1699502820.0,9.0,-1,1699502820.0,-1,1699502820.0,NULL,NULL,'event',NULL,NULL,47);
INSERT INTO "judgments" VALUES(1,'79',28,'8','774678f30cc7fbac5188',1,'s1',1699502880.0,9.0,1,1699502880.0,1,1699502880.0,NULL,NULL,'event',NULL,NULL,48);
INSERT INTO "judgments" VALUES(1,'80',29,'7','29b93d59ce898b17c50c',1,'s0',1699502940.0,9.0,-1,1699502940.0,-1,1699502940.0,NULL,NULL,'event',NULL,NULL,49);
INSERT INTO "judgments" VALUES(1,'81',29,'8','29b93d59ce898b17c50c',1,'s0',1699503000.0,9.0,1,1699503000.0,1,1699503000.0,NULL,NULL,'event',NULL,NULL,50);
INSERT INTO "judgments" VALUES(1,'82',30,'7','856d36d3e5573b54ac1c',1,'s1',1699503060.0,9.0,-1,1699503060.0,-1,1699503060.0,NULL,NULL,'event',NULL,NULL,51);
INSERT INTO "judgments" VALUES(1,'83',30,'8','856d36d3e5573b54ac1c',1,'s1',1699503120.0,9.0,1,1699503120.0,1,1699503120.0,NULL,NULL,'event',NULL,NULL,52);
INSERT INTO "judgments" VALUES(1,'84',31,'7','bf7eeb73b01a8c782f8f',1,'s0',1699503180.0,9.0,-1,1699503180.0,-1,1699503180.0,NULL,NULL,'event',NULL,NULL,53);
INSERT INTO "judgments" VALUES(1,'85',31,'8','bf7eeb73b01a8c782f8f',1,'s0',1699503240.0,9.0,1,1699503240.0,1,1699503240.0,NULL,NULL,'event',NULL,NULL,54);
INSERT INTO "judgments" VALUES(1,'90',86,'7','345ffdfdea23995d7f46',0,NULL,1699503300.0,9.0,1,1699503300.0,1,1699503300.0,NULL,NULL,'event',NULL,NULL,56);
INSERT INTO "judgments" VALUES(1,'91',86,'8','345ffdfdea23995d7f46',0,NULL,1699503360.0,9.0,-1,1699503360.0,-1,1699503360.0,NULL,NULL,'event',NULL,NULL,57);
INSERT INTO "judgments" VALUES(1,'92',87,'7','88c58dec7cea50c2333e',0,NULL,1699503420.0,9.0,1,1699503420.0,1,1699503420.0,NULL,NULL,'event',NULL,NULL,58);
INSERT INTO "judgments" VALUES(1,'93',87,'8','88c58dec7cea50c2333e',0,NULL,1699503480.0,9.0,-1,1699503480.0,-1,1699503480.0,NULL,NULL,'event',NULL,NULL,59);
INSERT INTO "judgments" VALUES(1,'94',88,'7','a4146a9eead715cce4d9',0,NULL,1699503540.0,9.0,1,1699503540.0,1,1699503540.0,NULL,NULL,'event',NULL,NULL,60);
INSERT INTO "judgments" VALUES(1,'95',88,'8','a4146a9eead715cce4d9',0,NULL,1699503600.0,9.0,-1,1699503600.0,-1,1699503600.0,NULL,NULL,'event',NULL,NULL,61);
INSERT INTO "judgments" VALUES(1,'96',89,'7','be397bf5bdb881b82c39',0,NULL,1699503660.0,9.0,1,1699503660.0,1,1699503660.0,NULL,NULL,'event',NULL,NULL,62);
INSERT INTO "judgments" VALUES(1,'97',89,'8','be397bf5bdb881b82c39',0,NULL,1699503720.0,9.0,-1,1699503720.0,-1,1699503720.0,NULL,NULL,'event',NULL,NULL,63);
INSERT INTO "judgments" VALUES(1000,'1016',1001,'7','bf7eeb73b01a8c782f8f',0,'s0',1699503780.0,9.0,1,1699503780.0,1,1699503780.0,NULL,NULL,'event',NULL,NULL,1);
INSERT INTO "judgments" VALUES(1000,'1017',1003,'7','29b93d59ce898b17c50c',0,'s0',1699503840.0,9.0,1,1699503840.0,1,1699503840.0,NULL,NULL,'event',NULL,NULL,2);
INSERT INTO "judgments" VALUES(1000,'1018',1005,'7','23ec2cb00d490b29843e',0,'s0',1699503900.0,9.0,1,1699503900.0,1,1699503900.0,NULL,NULL,'event',NULL,NULL,3);
INSERT INTO "judgments" VALUES(1000,'1020',1007,'7','80e33c1db8b2a9673301',0,'s0',1699503960.0,9.0,1,1699503960.0,1,1699503960.0,NULL,NULL,'event',NULL,NULL,4);
INSERT INTO "judgments" VALUES(1000,'1021',1009,'7','e58a8dab8b66d17ebe3e',0,'s0',1699504020.0,9.0,1,1699504020.0,1,1699504020.0,NULL,NULL,'event',NULL,NULL,5);
INSERT INTO "judgments" VALUES(1000,'1022',1011,'7','a2c04665af970be805e6',0,'s0',1699504080.0,9.0,1,1699504080.0,1,1699504080.0,NULL,NULL,'event',NULL,NULL,6);
INSERT INTO "judgments" VALUES(1000,'1023',1001,'7','bf7eeb73b01a8c782f8f',0,'s0',1699504140.0,9.0,1,1699504140.0,1,1699504140.0,NULL,NULL,'event',NULL,NULL,7);
INSERT INTO "judgments" VALUES(1000,'1025',1005,'7','23ec2cb00d490b29843e',0,'s0',1699504200.0,9.0,1,1699504200.0,1,1699504200.0,NULL,NULL,'event',NULL,NULL,8);
CREATE TABLE leases (
	name VARCHAR(64) NOT NULL, 
	holder VARCHAR(32) NOT NULL, 
	until FLOAT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE ledger (
	id INTEGER NOT NULL, 
	project INTEGER NOT NULL, 
	settlement INTEGER NOT NULL, 
	annotator TEXT NOT NULL, 
	period VARCHAR(64) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	minor BIGINT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	contract_version VARCHAR(64) NOT NULL, 
	evidence VARCHAR(64) NOT NULL, 
	detail JSON NOT NULL, 
	at FLOAT NOT NULL, 
	previous VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (project, previous)
);
INSERT INTO "ledger" VALUES(1,1,1,'7','2023-11','pay',135,'EUR','test-1','a779da4f5d305f84a32bd2ad65d453cba5186560f7064101f8d164cc26ce705d','{"measured": {"judgments": 27, "monitored": 11, "self_consistency": 0.0, "gold": 0.8333, "attentiveness": 0.1462, "gain": null}, "parts": {"base": 135, "bonus": 0, "improvement": 0}, "reasons": ["base pay: 27 judgments x 5 = 135 EUR minor units", "attentiveness 0.1462 between 0.5 (nothing) and 0.95 (full): 27 judgments x 10 x 0.0000 = 0 EUR minor units"]}',1699503240.0,'0000000000000000000000000000000000000000000000000000000000000000','7b456b64f711191ee6b3ac7ff50a220cc601c9a933ef193e994e7a2f1ee6693b');
INSERT INTO "ledger" VALUES(2,1,1,'8','2023-11','pay',135,'EUR','test-1','a779da4f5d305f84a32bd2ad65d453cba5186560f7064101f8d164cc26ce705d','{"measured": {"judgments": 27, "monitored": 11, "self_consistency": 0.0, "gold": 0.1667, "attentiveness": 0.0881, "gain": null}, "parts": {"base": 135, "bonus": 0, "improvement": 0}, "reasons": ["base pay: 27 judgments x 5 = 135 EUR minor units", "attentiveness 0.0881 between 0.5 (nothing) and 0.95 (full): 27 judgments x 10 x 0.0000 = 0 EUR minor units"]}',1699503240.0,'7b456b64f711191ee6b3ac7ff50a220cc601c9a933ef193e994e7a2f1ee6693b','9aca3c5d3d5bdebd40306ae6de62ca71ab4edb2b7285a194cba624e71f0f1cc0');
INSERT INTO "ledger" VALUES(3,1,2,'7','2023-11','dispute',50,'EUR','test-1','82b1dd0579c4bb8098d3132288f071a9cd1dd35e64d6d1a46afa15e6bcf9fb99','{"reasons": ["dispute 1: you are right = 50 EUR minor units"]}',1699503240.0,'9aca3c5d3d5bdebd40306ae6de62ca71ab4edb2b7285a194cba624e71f0f1cc0','9eaf5a819062ab81c134d9f2c9d42e40556ef6518771aeadad6df23b2fb33342');
CREATE TABLE pilots (
	id INTEGER NOT NULL, 
	project INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	contract_a TEXT NOT NULL, 
	contract_b TEXT NOT NULL, 
	alpha FLOAT NOT NULL, 
	salt TEXT NOT NULL, 
	looks INTEGER NOT NULL, 
	started_at FLOAT NOT NULL, 
	started_by TEXT NOT NULL, 
	stopped_at FLOAT, 
	PRIMARY KEY (id), 
	UNIQUE (project, name)
);
INSERT INTO "pilots" VALUES(1,1,'spring','
version = "test-1"
currency = "EUR"
[bonus]
kind = "linear"
start = 0.5
full = 0.95
per_judgment_minor = 10
cap_minor = 10000
[minimum]
monitored = 4

[base]
per_judgment_minor = 5
','
version = "b-1"
currency = "EUR"
[bonus]
kind = "linear"
start = 0.5
full = 0.95
per_judgment_minor = 10
cap_minor = 10000
[minimum]
monitored = 4

[base]
per_judgment_minor = 5
',0.05,'18e1629b09885e73a4bb29b184a0c484',1,1699503240.0,'user1@example.com',NULL);
CREATE TABLE projects (
	id INTEGER NOT NULL, 
	title TEXT NOT NULL, 
	label_config TEXT NOT NULL, 
	mapping JSON NOT NULL, 
	fields JSON NOT NULL, 
	contract TEXT NOT NULL, 
	routing VARCHAR(16) NOT NULL, 
	retest_rate FLOAT NOT NULL, 
	gold_rate FLOAT NOT NULL, 
	min_lag INTEGER NOT NULL, 
	annotators INTEGER NOT NULL, 
	slice_field TEXT, 
	salt TEXT NOT NULL, 
	found JSON NOT NULL, 
	made JSON NOT NULL, 
	board INTEGER, 
	cursor TEXT, 
	attached_at FLOAT NOT NULL, 
	detached_at FLOAT, measuring JSON, 
	PRIMARY KEY (id)
);
INSERT INTO "projects" VALUES(1,'Pairs','<View>
  <Style>
    .pair-sides { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; align-items: start; }
    .pair-prompt, .pair-side { border: 1px solid var(--color-neutral-border); border-radius: 8px; padding: 12px 16px; }
    .pair-prompt { margin-bottom: 16px; background: var(--color-neutral-surface); }
    .pair-side { max-height: 62vh; overflow: auto; overflow-wrap: anywhere; color: var(--color-neutral-content); }
    .pair-side pre { overflow-x: auto; white-space: pre; padding: 8px 12px; border-radius: 6px;
                     background: var(--color-neutral-surface); color: var(--color-neutral-content); }
    .pair-side code { font-family: monospace !important; }
    @media (max-width: 900px) { .pair-sides { grid-template-columns: 1fr; } .pair-side { max-height: none; } }
  </Style>
  <View className="pair-prompt"><Text name="prompt" value="$prompt"/></View>
  <View className="pair-sides">
    <View className="pair-side"><Header size="5" value="Response A"/><Markdown value="$response_a"/></View>
    <View className="pair-side"><Header size="5" value="Response B"/><Markdown value="$response_b"/></View>
  </View>
  <Header size="5" value="Which response is better?"/>
  <Choices name="preference" toName="prompt" choice="single" showInLine="true" required="true">
    <Choice value="A is better" alias="left" hotkey="1"/>
    <Choice value="B is better" alias="right" hotkey="2"/>
    <Choice value="They are equally good" alias="tie" hotkey="3"/>
  </Choices>
</View>
','{"control": "preference", "left": "response_a", "right": "response_b", "values": {"left": 1, "right": -1, "tie": 0}, "task": "pair", "top": 0}','["prompt", "response_a", "response_b"]','
version = "test-1"
currency = "EUR"
[bonus]
kind = "linear"
start = 0.5
full = 0.95
per_judgment_minor = 10
cap_minor = 10000
[minimum]
monitored = 4

[base]
per_judgment_minor = 5
','panel',0.3,0.1,2,2,'slice','18e1629b09885e73a4bb29b184a0c484','{"show_collab_predictions": true, "model_version": ""}','{"webhook": 18, "ml_backend": 19}',20,'2023-11-09T04:13:00.000000Z',1699500000.0,NULL,'{"q": null, "best": false, "half_life": null}');
INSERT INTO "projects" VALUES(1000,'Pairs','<View>
  <Style>
    .pair-sides { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; align-items: start; }
    .pair-prompt, .pair-side { border: 1px solid var(--color-neutral-border); border-radius: 8px; padding: 12px 16px; }
    .pair-prompt { margin-bottom: 16px; background: var(--color-neutral-surface); }
    .pair-side { max-height: 62vh; overflow: auto; overflow-wrap: anywhere; color: var(--color-neutral-content); }
    .pair-side pre { overflow-x: auto; white-space: pre; padding: 8px 12px; border-radius: 6px;
                     background: var(--color-neutral-surface); color: var(--color-neutral-content); }
    .pair-side code { font-family: monospace !important; }
    @media (max-width: 900px) { .pair-sides { grid-template-columns: 1fr; } .pair-side { max-height: none; } }
  </Style>
  <View className="pair-prompt"><Text name="prompt" value="$prompt"/></View>
  <View className="pair-sides">
    <View className="pair-side"><Header size="5" value="Response A"/><Markdown value="$response_a"/></View>
    <View className="pair-side"><Header size="5" value="Response B"/><Markdown value="$response_b"/></View>
  </View>
  <Header size="5" value="Which response is better?"/>
  <Choices name="preference" toName="prompt" choice="single" showInLine="true" required="true">
    <Choice value="A is better" alias="left" hotkey="1"/>
    <Choice value="B is better" alias="right" hotkey="2"/>
    <Choice value="They are equally good" alias="tie" hotkey="3"/>
  </Choices>
</View>
','{"control": "preference", "left": "response_a", "right": "response_b", "values": {"left": 1, "right": -1, "tie": 0}, "task": "pair", "top": 0}','["prompt", "response_a", "response_b"]','
version = "test-1"
currency = "EUR"
[bonus]
kind = "linear"
start = 0.5
full = 0.95
per_judgment_minor = 10
cap_minor = 10000
[minimum]
monitored = 4
','aimed',0.1,0.1,2,1,'slice','dedb06559f9b554297145e4bd7597fc1','{"show_collab_predictions": true, "model_version": ""}','{"ml_backend": 1014}',1015,'2023-11-09T04:29:00.000000Z',1699503720.0,1699504200.0,'{"q": null, "best": false, "half_life": null}');
CREATE TABLE seeds (
	id INTEGER NOT NULL, 
	project INTEGER NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	item VARCHAR(20) NOT NULL, 
	annotator TEXT NOT NULL, 
	task INTEGER, 
	state VARCHAR(16) NOT NULL, 
	data JSON NOT NULL, 
	planned_at FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (project, kind, item, annotator)
);
INSERT INTO "seeds" VALUES(1,1,'gold','345ffdfdea23995d7f46','',21,'held','{"prompt": "question 100", "response_a": "answer 100", "response_b": "reply 100", "slice": "s0"}',1699500000.0);
INSERT INTO "seeds" VALUES(2,1,'gold','21c2314fd993b84ac683','',22,'astray','{"prompt": "question 105", "response_a": "reply 105", "response_b": "answer 105", "slice": "s0"}',1699500000.0);
INSERT INTO "seeds" VALUES(3,1,'gold','a4146a9eead715cce4d9','',23,'placed','{"prompt": "question 102", "response_a": "answer 102", "response_b": "reply 102", "slice": "s0"}',1699500000.0);
INSERT INTO "seeds" VALUES(4,1,'retest','e58a8dab8b66d17ebe3e','',24,'placed','{"prompt": "question 8", "response_a": "reply 8", "response_b": "answer 8", "slice": "s0"}',1699500000.0);
INSERT INTO "seeds" VALUES(5,1,'gold','a2a90a41b9d916b485c4','',25,'placed','{"prompt": "question 104", "response_a": "answer 104", "response_b": "reply 104", "slice": "s0"}',1699500000.0);
INSERT INTO "seeds" VALUES(6,1,'gold','be397bf5bdb881b82c39','',26,'placed','{"prompt": "question 103", "response_a": "reply 103", "response_b": "answer 103", "slice": "s0"}',1699500000.0);
INSERT INTO "seeds" VALUES(7,1,'gold','88c58dec7cea50c2333e','',27,'placed','{"prompt": "question 101", "response_a": "answer 101", "response_b": "reply 101", "slice": "s0"}',1699500000.0);
INSERT INTO "seeds" VALUES(8,1,'retest','774678f30cc7fbac5188','',28,'placed','{"prompt": "question 11", "response_a": "reply 11", "response_b": "answer 11", "slice": "s1"}',1699500000.0);
INSERT INTO "seeds" VALUES(9,1,'retest','29b93d59ce898b17c50c','',29,'placed','{"prompt": "question 2", "response_a": "reply 2", "response_b": "answer 2", "slice": "s0"}',1699500000.0);
INSERT INTO "seeds" VALUES(10,1,'retest','856d36d3e5573b54ac1c','',30,'placed','{"prompt": "question 15", "response_a": "reply 15", "response_b": "answer 15", "slice": "s1"}',1699500000.0);
INSERT INTO "seeds" VALUES(11,1,'retest','bf7eeb73b01a8c782f8f','',31,'placed','{"prompt": "question 0", "response_a": "reply 0", "response_b": "answer 0", "slice": "s0"}',1699500000.0);
CREATE TABLE settlements (
	id INTEGER NOT NULL, 
	project INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	start FLOAT NOT NULL, 
	"end" FLOAT NOT NULL, 
	evidence BLOB NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	made_at FLOAT NOT NULL, 
	made_by TEXT NOT NULL, 
	approved_at FLOAT, 
	approved_by TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (project, name)
);
INSERT INTO "settlements" VALUES(1,1,'2023-11','period',1698796800.0,1701388800.0,X'1F8B08000000000002037D97DB6EE33610865F65A16B65C13387067AD91728D0AB38087852E0D696B7B25DA008F6DD3BF29A4A866214248025F9D3909FC8F9A3F72EE4CBB5DBBDFFECBB781EAF938F78D4EDC77FF374399CC76FBF7DDB7757FCCA13DFE3D9789BA63CC6FFEEA77FFFF38FF9DC73388FB7CBCB7EFCFB30A6FB85E361CC7E9AAF5DAE7EBAE239F65DEFC7E1763CDE3F3B3CF891A7D7BF6EE9ED94C7EBEBE9309E27BCC41996F03F3E1DE30F56C0E3C3E976C21AA7F378B89EA73C1752FB71AEEE2FF9E58BFB619DEE635E975FD3C4A11D0F79EA76CF2F7830A66EC72DE3120018FBCEFAEEED7CC473EF9DE05148AE86E49C0CA07C3420BBDD13EF3BA9F430A421652FA4733AD94119BC4BDF01440D29471BB3D70C7129F32FC40BEF98573CB8E4B8090A74547704CF29E35DCE3E59AE63CC2AB9FB8590A5B361D02105001E4044E9E67BE10CCA3C7142CFCF9D1438478B7F61B039072B03E31EA20531C0D0F5BC1FFCF1927B6E70A8A8D3CC931CF151BCF4C8AA071B93C44B9181D1214729A4F766C57220AC79B0C205279376318383C06DC4A9AF58C9080B0FD66961B356CC32CD044F0357CEAD58253EB38A95BA3247110363493916840385B66B16EFFD995D5C25919D15D907E904732A70BE660D71A58A2B6059CAC8F1B9047CAAC64AC9F88AB5C4952AAEB21E7286A07976397A254D7672C53AE24AC1C28287E4B1AC3189DB8C2B643566CE882BFDE1CAD8607D12CA1A99521CB8552B961357BAB8F22232658CF683B32C64603AAFD60617C4952EAEAC55C6C220598C76083E6A0EB0622571A58BABE8871C020F6CF0DCE1E07DD22BCF5C1357BAB8F2520C1CF79F5729380181A5B07665882B535C7196BD51F352E43A7993BCF5AB6784FA085B5C813649E26FD61A37A2C6AEC1577B810371658AAB665BA959475C99650FB69A558F9DE73ADD0A2B3871651657AD1654D51582B8B26C591B8DBE56B392B8B2CB1E6C75B87ACC8AB8B2CB1E6C75DABAAE26AEACD9DC47555D4B5C59D85CCF150BC415B0CD3E59B18EB882ED754559497B3BA8CD5CA8D8AAB7CBB9E6164B83814C58EA07DC0E951A1664C6D23EE02F6DD158A171E61E703B566A58D11ECD4BE566AED4B0A14D7A11D60C961AB634D18AB076B2D430D0482BC2DAD152C38E669A5BE02FF6040D17DAA83F84B5C2A58605EDD445583B5D6A58D2582BC2BEDC8E045634D78AB076BED4B0A6C15684B503A6860DEDD645583B616A1868BB2EC2BE6C05342768B61561ED8CA960C168B82D5BB2193255C6D06C5B743533A6AE2B68C3E6CB1269854C0D2BDAB1970DD94C193A684DC36DD98ECD90A9EB1A9A6E767347552143C3CD6DAEEA2A63882AE09B5DB38A09220AB6D755951234D9F4664A50F4539BC7F72E7C437B3DFAB76E27F0F339E5E3FD9D075FE20E677CF9EA04FED3F0C4E749FDD3ED66A6EFEEAF92F82DE3C03A73DF1B3FFF07AB29BFDEBE0E0000','a779da4f5d305f84a32bd2ad65d453cba5186560f7064101f8d164cc26ce705d',1699503240.0,'user1@example.com',1699503240.0,'user1@example.com');
INSERT INTO "settlements" VALUES(2,1,'2023-11-dispute-1','resolution',1699503240.0,1699503240.0,X'1F8B080000000000020335CCC10A02310C04D05F093957695716A12078F107163C8987EA060DD8A6A42DB888FF6E15BC0DCCBC796148496AA8A2E8718B062F4B0FAD90BA3D3D43CC0F5A5F25F662E6925B25F4CE60E4F405A335984959E66E063B6C56CEF5A55228920AFAD31F81F3B04883A004CAB77B851D8C160EC7097E57D012D782E7F70727C7F4D090000000','82b1dd0579c4bb8098d3132288f071a9cd1dd35e64d6d1a46afa15e6bcf9fb99',1699503240.0,'user1@example.com',NULL,NULL);
CREATE TABLE tasks (
	project INTEGER NOT NULL, 
	id INTEGER NOT NULL, 
	item VARCHAR(20) NOT NULL, 
	mirrored BOOLEAN NOT NULL, 
	slice TEXT, 
	overlap INTEGER NOT NULL, 
	data JSON NOT NULL, 
	written VARCHAR(64), 
	PRIMARY KEY (project, id)
);
INSERT INTO "tasks" VALUES(1,2,'bf7eeb73b01a8c782f8f',0,'s0',2,'{"prompt": "question 0", "response_a": "answer 0", "response_b": "reply 0", "slice": "s0"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,3,'cd3006c0865bec323aa6',0,'s1',1,'{"prompt": "question 1", "response_a": "answer 1", "response_b": "reply 1", "slice": "s1"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,4,'29b93d59ce898b17c50c',0,'s0',2,'{"prompt": "question 2", "response_a": "answer 2", "response_b": "reply 2", "slice": "s0"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,5,'9527e540705021df1499',0,'s1',1,'{"prompt": "question 3", "response_a": "answer 3", "response_b": "reply 3", "slice": "s1"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,6,'23ec2cb00d490b29843e',0,'s0',1,'{"prompt": "question 4", "response_a": "answer 4", "response_b": "reply 4", "slice": "s0"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,7,'bd2e972eab392094b11e',0,'s1',1,'{"prompt": "question 5", "response_a": "answer 5", "response_b": "reply 5", "slice": "s1"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,8,'80e33c1db8b2a9673301',0,'s0',1,'{"prompt": "question 6", "response_a": "answer 6", "response_b": "reply 6", "slice": "s0"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,9,'e5fee8b51e9eca436e93',0,'s1',1,'{"prompt": "question 7", "response_a": "answer 7", "response_b": "reply 7", "slice": "s1"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,10,'e58a8dab8b66d17ebe3e',0,'s0',2,'{"prompt": "question 8", "response_a": "answer 8", "response_b": "reply 8", "slice": "s0"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,11,'2367b7ad24763ddcf174',0,'s1',1,'{"prompt": "question 9", "response_a": "answer 9", "response_b": "reply 9", "slice": "s1"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,12,'a2c04665af970be805e6',0,'s0',1,'{"prompt": "question 10", "response_a": "answer 10", "response_b": "reply 10", "slice": "s0"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,13,'774678f30cc7fbac5188',0,'s1',2,'{"prompt": "question 11", "response_a": "answer 11", "response_b": "reply 11", "slice": "s1"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,14,'cafebb1b0fa19b7aad51',0,'s0',1,'{"prompt": "question 12", "response_a": "answer 12", "response_b": "reply 12", "slice": "s0"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,15,'a32f1233a4db928b0dbe',0,'s1',1,'{"prompt": "question 13", "response_a": "answer 13", "response_b": "reply 13", "slice": "s1"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,16,'10ea64f14915da6da7a3',0,'s0',1,'{"prompt": "question 14", "response_a": "answer 14", "response_b": "reply 14", "slice": "s0"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,17,'856d36d3e5573b54ac1c',0,'s1',2,'{"prompt": "question 15", "response_a": "answer 15", "response_b": "reply 15", "slice": "s1"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,21,'345ffdfdea23995d7f46',0,'s0',2,'{"prompt": "question 100", "response_a": "answer 100", "response_b": "reply 100", "slice": "s0"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,22,'21c2314fd993b84ac683',1,'s0',2,'{"prompt": "question 105", "response_a": "reply 105", "response_b": "answer 105", "slice": "s0"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,23,'a4146a9eead715cce4d9',0,'s0',2,'{"prompt": "question 102", "response_a": "answer 102", "response_b": "reply 102", "slice": "s0"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,25,'a2a90a41b9d916b485c4',0,'s0',2,'{"prompt": "question 104", "response_a": "answer 104", "response_b": "reply 104", "slice": "s0"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,26,'be397bf5bdb881b82c39',1,'s0',2,'{"prompt": "question 103", "response_a": "reply 103", "response_b": "answer 103", "slice": "s0"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,27,'88c58dec7cea50c2333e',0,'s0',2,'{"prompt": "question 101", "response_a": "answer 101", "response_b": "reply 101", "slice": "s0"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,24,'e58a8dab8b66d17ebe3e',1,'s0',2,'{"prompt": "question 8", "response_a": "reply 8", "response_b": "answer 8", "slice": "s0"}','f4426ecf6f580ea7fcc606518683de4522bc3d7e/0.0');
INSERT INTO "tasks" VALUES(1,28,'774678f30cc7fbac5188',1,'s1',2,'{"prompt": "question 11", "response_a": "reply 11", "response_b": "answer 11", "slice": "s1"}','f4426ecf6f580ea7fcc606518683de4522bc3d7e/0.0');
INSERT INTO "tasks" VALUES(1,29,'29b93d59ce898b17c50c',1,'s0',2,'{"prompt": "question 2", "response_a": "reply 2", "response_b": "answer 2", "slice": "s0"}','f4426ecf6f580ea7fcc606518683de4522bc3d7e/0.0');
INSERT INTO "tasks" VALUES(1,30,'856d36d3e5573b54ac1c',1,'s1',2,'{"prompt": "question 15", "response_a": "reply 15", "response_b": "answer 15", "slice": "s1"}','f4426ecf6f580ea7fcc606518683de4522bc3d7e/0.0');
INSERT INTO "tasks" VALUES(1,31,'bf7eeb73b01a8c782f8f',1,'s0',2,'{"prompt": "question 0", "response_a": "reply 0", "response_b": "answer 0", "slice": "s0"}','f4426ecf6f580ea7fcc606518683de4522bc3d7e/0.0');
INSERT INTO "tasks" VALUES(1,86,'345ffdfdea23995d7f46',0,NULL,1,'{"prompt": "question 100", "response_a": "answer 100", "response_b": "reply 100"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,87,'88c58dec7cea50c2333e',0,NULL,1,'{"prompt": "question 101", "response_a": "answer 101", "response_b": "reply 101"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,88,'a4146a9eead715cce4d9',0,NULL,1,'{"prompt": "question 102", "response_a": "answer 102", "response_b": "reply 102"}','05f3d81a056de919dc2e163e4c2b40d348b0043d/0.0');
INSERT INTO "tasks" VALUES(1,89,'be397bf5bdb881b82c39',0,NULL,1,'{"prompt": "question 103", "response_a": "answer 103", "response_b": "reply 103"}','f4426ecf6f580ea7fcc606518683de4522bc3d7e/0.0');
INSERT INTO "tasks" VALUES(1000,1001,'bf7eeb73b01a8c782f8f',0,'s0',1,'{"prompt": "question 0", "response_a": "answer 0", "response_b": "reply 0", "slice": "s0"}',NULL);
INSERT INTO "tasks" VALUES(1000,1002,'cd3006c0865bec323aa6',0,'s1',1,'{"prompt": "question 1", "response_a": "answer 1", "response_b": "reply 1", "slice": "s1"}',NULL);
INSERT INTO "tasks" VALUES(1000,1003,'29b93d59ce898b17c50c',0,'s0',1,'{"prompt": "question 2", "response_a": "answer 2", "response_b": "reply 2", "slice": "s0"}',NULL);
INSERT INTO "tasks" VALUES(1000,1004,'9527e540705021df1499',0,'s1',1,'{"prompt": "question 3", "response_a": "answer 3", "response_b": "reply 3", "slice": "s1"}',NULL);
INSERT INTO "tasks" VALUES(1000,1005,'23ec2cb00d490b29843e',0,'s0',1,'{"prompt": "question 4", "response_a": "answer 4", "response_b": "reply 4", "slice": "s0"}',NULL);
INSERT INTO "tasks" VALUES(1000,1006,'bd2e972eab392094b11e',0,'s1',1,'{"prompt": "question 5", "response_a": "answer 5", "response_b": "reply 5", "slice": "s1"}',NULL);
INSERT INTO "tasks" VALUES(1000,1007,'80e33c1db8b2a9673301',0,'s0',1,'{"prompt": "question 6", "response_a": "answer 6", "response_b": "reply 6", "slice": "s0"}',NULL);
INSERT INTO "tasks" VALUES(1000,1008,'e5fee8b51e9eca436e93',0,'s1',1,'{"prompt": "question 7", "response_a": "answer 7", "response_b": "reply 7", "slice": "s1"}',NULL);
INSERT INTO "tasks" VALUES(1000,1009,'e58a8dab8b66d17ebe3e',0,'s0',1,'{"prompt": "question 8", "response_a": "answer 8", "response_b": "reply 8", "slice": "s0"}',NULL);
INSERT INTO "tasks" VALUES(1000,1010,'2367b7ad24763ddcf174',0,'s1',1,'{"prompt": "question 9", "response_a": "answer 9", "response_b": "reply 9", "slice": "s1"}',NULL);
INSERT INTO "tasks" VALUES(1000,1011,'a2c04665af970be805e6',0,'s0',1,'{"prompt": "question 10", "response_a": "answer 10", "response_b": "reply 10", "slice": "s0"}',NULL);
INSERT INTO "tasks" VALUES(1000,1012,'774678f30cc7fbac5188',0,'s1',1,'{"prompt": "question 11", "response_a": "answer 11", "response_b": "reply 11", "slice": "s1"}',NULL);
CREATE INDEX inbox_pending ON inbox (state, project);
CREATE INDEX judgments_annotator ON judgments (project, annotator);
CREATE INDEX judgments_task ON judgments (project, task);
CREATE INDEX seeds_task ON seeds (project, task);
CREATE INDEX tasks_item ON tasks (project, item);
CREATE INDEX ledger_annotator ON ledger (project, annotator);
CREATE INDEX judgments_stamp ON judgments (project, stamp);
COMMIT;
