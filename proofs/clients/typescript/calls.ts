/** Calls the service with the client that @hey-api/openapi-ts has generated; tsc checks it with that client. */

import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";

import * as motcua from "./motcua";
import { createClient, type Client } from "./motcua/client";

type Facts = { address: string; unit: string; first: string; last: string; clerk: string; officer: string; supervisor: string };

const facts: Facts = JSON.parse(readFileSync("../facts.json", "utf-8"));
const period = { from: facts.first, to: facts.last };

function clientOf(token?: string): Client {
  return createClient({ baseUrl: facts.address, auth: token });
}

/** The data of an answer, in the type that the client promises; a refusal ends the program. */
function data<Data>(operation: string, answer: { data?: Data; error?: motcua.Problem }): Data {
  assert(answer.data !== undefined, `${operation} was refused: ${JSON.stringify(answer.error)}`);
  console.log(operation);
  return answer.data;
}

async function isPdf(paper: Blob): Promise<boolean> {
  return (await paper.slice(0, 5).text()) === "%PDF-";
}

/** The code of a dossier that was received, taken, finished and returned. */
async function lifeOfADossier(): Promise<string> {
  const clerk = clientOf(facts.clerk);
  const officer = clientOf(facts.officer);
  const applicant: motcua.ApplicantIn = { name: "Trần Văn Nam", phone: "0905654321" };
  const body: motcua.DossierIn = { procedure: "1.004837", receiving_unit: facts.unit, applicant, channel: "counter" };
  const receipt = data("receiveDossier", await motcua.receiveDossier({ client: clerk, body }));
  const path = { code: receipt.code };
  const refused = await motcua.receiveDossier({ client: clerk, body: { procedure: "0.000000", applicant } });
  assert.equal(refused.error?.status, 422);
  assert.equal(refused.error?.code, "unknown_procedure");
  data("takeDossier", await motcua.takeDossier({ client: officer, path, body: { officer: "Trần Văn Minh" } }));
  const finished = data("finishDossier", await motcua.finishDossier({ client: officer, path, body: { outcome: "granted" } }));
  assert(finished.due_date && finished.finished_at && finished.due_date > finished.finished_at.slice(0, 10));
  const handed: motcua.ReturnIn = { received_by: "Trần Văn Nam", how: "counter" };
  const returned = data("returnDossier", await motcua.returnDossier({ client: clerk, path, body: handed }));
  assert.equal(returned.verdict, "early");
  return receipt.code;
}

async function readingsOf(code: string): Promise<void> {
  const client = clientOf(facts.clerk);
  const path = { code };
  const dossier = data("getDossier", await motcua.getDossier({ client, path }));
  assert.equal(dossier.applicant?.name, "Trần Văn Nam");
  const entries = data("listJournalEntries", await motcua.listJournalEntries({ client, path }));
  assert.deepEqual(entries.items.map((entry) => entry.type), ["receive", "take", "finish", "return"]);
  const query: motcua.ListDossiersData["query"] = { status: ["returned"], received_from: facts.first, limit: 3 };
  assert(data("listDossiers", await motcua.listDossiers({ client, query })).items.length > 0);
  const body: motcua.SearchIn = { phone: "0905654321", open: [true, false] };
  const searched = data("searchDossiers", await motcua.searchDossiers({ client, body }));
  assert.deepEqual(searched.items.map((item) => item.code), [code]);
  assert.equal(data("lookUpDossier", await motcua.lookUpDossier({ client: clientOf(), path })).status, "returned");
  const slip = await motcua.getSlip({ client, path: { code, kind: "receipt" }, query: { paper: "a5" } });
  assert(await isPdf(data("getSlip", slip)));
}

async function readingsOfFigures(): Promise<void> {
  const anybody = clientOf();
  const supervisor = clientOf(facts.supervisor);
  const caller = data("getCurrentCaller", await motcua.getCurrentCaller({ client: supervisor }));
  assert.equal(caller.role, "supervisor");
  const byMonth: motcua.GetOnTimeFiguresData["query"] = { ...period, by: "month", channel: ["counter", "online"] };
  const figures = data("getOnTimeFigures", await motcua.getOnTimeFigures({ client: anybody, query: byMonth }));
  assert(figures.total.received.total > 0);
  const ranking = await motcua.getRanking({ client: anybody, query: { ...period, of: "commune" } });
  assert(data("getRanking", ranking).rows.length > 0);
  const trend = await motcua.getTrend({ client: anybody, query: { period: facts.first.slice(0, 7), by: "commune" } });
  assert(data("getTrend", trend).rows.length > 0);
  const asked: motcua.DeadlineIn = { received_at: "2025-03-03T08:30:00+07:00", procedure: "1.004837" };
  const deadline = data("computeDeadline", await motcua.computeDeadline({ client: anybody, body: asked }));
  assert(deadline.due_date > facts.first);
  const register = await motcua.getCounterRegister({ client: supervisor, query: { ...period, unit: facts.unit } });
  assert(await isPdf(data("getCounterRegister", register)));
}

async function main(): Promise<void> {
  await readingsOf(await lifeOfADossier());
  await readingsOfFigures();
}

main().catch((failure: unknown) => {
  console.error(failure);
  process.exitCode = 1;
});
